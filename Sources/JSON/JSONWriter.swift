// SPDX-License-Identifier: Apache-2.0

/// Appends compact JSON text to a byte array.
public struct JSONWriter {
  /// What has been written.
  public var bytes: [UInt8] = []

  /// Creates an empty writer.
  public init() {}

  /// Writes a value.
  public mutating func write(_ value: JSON, sortedKeys: Bool = false) {
    switch value {
    case .null: bytes.append(contentsOf: "null".utf8)
    case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
    case .int(let value): bytes.append(contentsOf: String(value).utf8)
    case .double(let value): write(value)
    case .string(let value): write(value)
    case .array(let elements):
      bytes.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        write(element, sortedKeys: sortedKeys)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let members):
      let ordered =
        sortedKeys ? members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) } : members
      bytes.append(UInt8(ascii: "{"))
      for (index, member) in ordered.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        write(member.key)
        bytes.append(UInt8(ascii: ":"))
        write(member.value, sortedKeys: sortedKeys)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  /// Writes a number; JSON has no infinities and no NaN, which become null.
  public mutating func write(_ value: Double) {
    bytes.append(contentsOf: (value.isFinite ? "\(value)" : "null").utf8)
  }

  /// Writes a string with its quotes.
  public mutating func write(_ value: String) {
    var value = value
    value.withUTF8 { write(utf8: $0) }
  }

  /// Writes a string given as UTF-8.
  public mutating func write(utf8: UnsafeBufferPointer<UInt8>) {
    bytes.append(UInt8(ascii: "\""))
    for byte in utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case 0x0A: bytes.append(contentsOf: "\\n".utf8)
      case 0x0D: bytes.append(contentsOf: "\\r".utf8)
      case 0x09: bytes.append(contentsOf: "\\t".utf8)
      case 0..<0x20:
        let digits = Array("0123456789abcdef".utf8)
        bytes.append(contentsOf: "\\u00".utf8)
        bytes.append(digits[Int(byte >> 4)])
        bytes.append(digits[Int(byte & 15)])
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Writes a view's value with sorted keys.
  public mutating func write(_ view: JSONView) {
    switch view.kind {
    case .string: if let utf8 = view.utf8 { write(utf8: utf8) }
    case .integer, .double, .yes, .no, .null: write(view.tree)
    case .array:
      bytes.append(UInt8(ascii: "["))
      var isFirst = true
      view.forEachElement { element in
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        write(element)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object: write(view.tree, sortedKeys: true)
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

/// Appends compact JSON text to a byte array.
public struct JSONWriter {
  /// What has been written.
  public var bytes: [UInt8] = []

  /// Creates an empty writer with room for so many bytes.
  public init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

  /// Writes a value.
  public mutating func write(_ value: JSON, sortedKeys: Bool = false) {
    switch value {
    case .null: bytes.append(contentsOf: "null".utf8)
    case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
    case .int(let value): write(value)
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
    bytes.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
  }

  /// Writes a string with its quotes.
  public mutating func write(_ value: String) {
    var value = value
    value.withUTF8 { write(utf8: $0) }
  }

  /// Writes a string given as UTF-8.
  public mutating func write(utf8: UnsafeBufferPointer<UInt8>) {
    bytes.append(UInt8(ascii: "\""))
    var start = 0
    while let index = Self.firstEscaped(utf8, from: start) {
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<index]))
      writeEscape(of: utf8[index])
      start = index + 1
    }
    bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start...]))
    bytes.append(UInt8(ascii: "\""))
  }

  /// The place of the first byte that cannot stand in a string as it is.
  ///
  /// Looks at eight at a time: whether a word has a zero byte, or one below n (S. E. Anderson, "Bit
  /// Twiddling Hacks").
  private static func firstEscaped(_ utf8: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    let (ones, tops): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
    let raw = UnsafeRawBufferPointer(utf8)
    var index = start
    while index + 8 <= raw.count {
      let word = raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      let (quote, backslash) = (word ^ (ones &* 0x22), word ^ (ones &* 0x5C))
      let found =
        ((word &- (ones &* 0x20)) & ~word) | ((quote &- ones) & ~quote)
        | ((backslash &- ones) & ~backslash)
      if found & tops != 0 { break }
      index += 8
    }
    while index < raw.count {
      if isEscaped(raw[index]) { return index }
      index += 1
    }
    return nil
  }

  @inline(__always)
  private static func isEscaped(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  private mutating func writeEscape(of byte: UInt8) {
    bytes.append(UInt8(ascii: "\\"))
    switch byte {
    case 0x0A: bytes.append(UInt8(ascii: "n"))
    case 0x0D: bytes.append(UInt8(ascii: "r"))
    case 0x09: bytes.append(UInt8(ascii: "t"))
    case 0..<0x20:
      let digits = Array("0123456789abcdef".utf8)
      bytes.append(contentsOf: "u00".utf8)
      bytes.append(digits[Int(byte >> 4)])
      bytes.append(digits[Int(byte & 15)])
    default: bytes.append(byte)
    }
  }

  /// Writes an integer.
  public mutating func write(_ value: Int64) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var (rest, start) = (value.magnitude, 20)
      repeat {
        start -= 1
        digits[start] = UInt8(ascii: "0") + UInt8(rest % 10)
        rest /= 10
      } while rest > 0
      if value < 0 { bytes.append(UInt8(ascii: "-")) }
      bytes.append(contentsOf: digits[start...])
    }
  }

  /// Writes an object of views with its keys ascending.
  public mutating func write(
    sorting members: inout [(key: UnsafeBufferPointer<UInt8>, value: JSONView)]
  ) {
    // Documents of one file mostly name their keys in one order, so insertion sort is at its best.
    for index in members.indices.dropFirst() {
      var place = index
      while place > 0, members[place].key.lexicographicallyPrecedes(members[place - 1].key) {
        members.swapAt(place, place - 1)
        place -= 1
      }
    }
    bytes.append(UInt8(ascii: "{"))
    for (index, member) in members.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      write(utf8: member.key)
      bytes.append(UInt8(ascii: ":"))
      write(member.value)
    }
    bytes.append(UInt8(ascii: "}"))
  }

  /// Writes a view's value with sorted keys.
  public mutating func write(_ view: JSONView) {
    switch view.kind {
    case .string: if let utf8 = view.utf8 { write(utf8: utf8) }
    case .integer: if let value = view.integer { write(value) }
    case .double, .yes, .no, .null: write(view.tree)
    case .array:
      bytes.append(UInt8(ascii: "["))
      var isFirst = true
      view.forEachElement { element in
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        write(element)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object:
      var members: [(key: UnsafeBufferPointer<UInt8>, value: JSONView)] = []
      view.forEachPair { members.append(($0, $1)) }
      write(sorting: &members)
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// A look at an ONNX file before anything else reads it: a walk over the protocol buffer's fields
/// that takes any bytes, holds no tensor and follows no file name.
///
/// Field numbers are those of onnx.proto of the ONNX project.
enum ONNXFile {
  /// The greatest tensor in bytes.
  static let tensorLimit = 1 << 30
  /// Graphs inside graphs, as in branches and loops.
  private static let depthLimit = 16

  /// What keeps a file from being opened, as the rest of a sentence; nil for nothing.
  static func problem(_ path: String) -> String? {
    guard let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    else {
      return "cannot be read."
    }
    return data.withUnsafeBytes { bytes in problem(bytes) }
  }

  static func problem(_ bytes: UnsafeRawBufferPointer) -> String? {
    do throws(Problem) {
      var hasGraph = false
      try eachField(bytes) { number, field throws(Problem) in
        if number == 7 {
          hasGraph = true
          try graph(field.bytes, depth: 0)
        }
        if number == 25 { try eachNode(field.bytes, 7, depth: 0) }  // a function's nodes
      }
      return hasGraph ? nil : "is no ONNX model: it has no graph."
    } catch {
      return error.text
    }
  }

  private struct Problem: Error { let text: String }

  /// A field: a number, or bytes.
  private struct Field {
    var number: UInt64 = 0
    var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
  }

  private static func graph(_ bytes: UnsafeRawBufferPointer, depth: Int) throws(Problem) {
    guard depth < depthLimit else { throw Problem(text: "nests graphs too deep.") }
    try eachField(bytes) { number, field throws(Problem) in
      switch number {
      case 1: try attributes(of: field.bytes, depth: depth)
      case 5: try tensor(field.bytes)
      case 15:  // a sparse tensor: values and indices
        try eachField(field.bytes) { number, part throws(Problem) in
          if number <= 2 { try tensor(part.bytes) }
        }
      default: break
      }
    }
  }

  private static func eachNode(
    _ bytes: UnsafeRawBufferPointer,
    _ wanted: UInt64,
    depth: Int
  ) throws(Problem) {
    try eachField(bytes) { number, field throws(Problem) in
      if number == wanted { try attributes(of: field.bytes, depth: depth) }
    }
  }

  /// Tensors and graphs in a node's attributes.
  private static func attributes(
    of node: UnsafeRawBufferPointer,
    depth: Int
  ) throws(Problem) {
    try eachField(node) { number, attribute throws(Problem) in
      guard number == 5 else { return }
      try eachField(attribute.bytes) { number, field throws(Problem) in
        switch number {
        case 5, 10: try tensor(field.bytes)
        case 6, 11: try graph(field.bytes, depth: depth + 1)
        default: break
        }
      }
    }
  }

  private static func tensor(_ bytes: UnsafeRawBufferPointer) throws(Problem) {
    var count: UInt64 = 1
    var type: UInt64 = 1
    var content: [UnsafeRawBufferPointer] = []
    try eachField(bytes) { number, field throws(Problem) in
      switch number {
      case 1 where field.bytes.baseAddress != nil:  // packed dimensions
        var rest = field.bytes[...]
        while !rest.isEmpty { count = product(count, try varint(&rest)) }
      case 1: count = product(count, field.number)
      case 2: type = field.number
      case 4, 9: content.append(field.bytes)  // packed floats; numbers as they lie in memory
      case 13: throw Problem(text: "keeps weights in other files: save it with its weights inside.")
      case 14 where field.number != 0:
        throw Problem(text: "keeps weights in other files: save it with its weights inside.")
      default: break
      }
    }
    guard count <= UInt64(tensorLimit) / width(type) else {
      throw Problem(text: "has a tensor over \(tensorLimit >> 30) GiB.")
    }
    guard !content.contains(where: { hasNaN($0, type) }) else {
      throw Problem(text: "has weights that are no finite numbers (NaN).")
    }
  }

  /// Whether one of a tensor's numbers is no number; infinities stand in masks and are let through.
  private static func hasNaN(_ bytes: UnsafeRawBufferPointer, _ type: UInt64) -> Bool {
    switch type {
    case 1: any(bytes, UInt32.self) { $0 & 0x7FFF_FFFF > 0x7F80_0000 }
    case 10: any(bytes, UInt16.self) { $0 & 0x7FFF > 0x7C00 }
    case 11: any(bytes, UInt64.self) { $0 & .max >> 1 > 0x7FF0_0000_0000_0000 }
    case 16: any(bytes, UInt16.self) { $0 & 0x7FFF > 0x7F80 }
    default: false
    }
  }

  private static func any<Pattern: FixedWidthInteger>(
    _ bytes: UnsafeRawBufferPointer,
    _: Pattern.Type,
    _ isWrong: (Pattern) -> Bool
  ) -> Bool {
    let size = MemoryLayout<Pattern>.size
    return (0..<bytes.count / size).contains { index in
      isWrong(
        Pattern(littleEndian: bytes.loadUnaligned(fromByteOffset: index * size, as: Pattern.self))
      )
    }
  }

  private static func product(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let (product, overflow) = a.multipliedReportingOverflow(by: b)
    return overflow ? .max : product
  }

  /// The bytes of a number of a tensor's type.
  private static func width(_ type: UInt64) -> UInt64 {
    switch type {
    case 7, 11, 13, 14: 8
    case 2, 3, 9: 1
    case 4, 5, 10, 16: 2
    default: 4
    }
  }

  private static func eachField(
    _ bytes: UnsafeRawBufferPointer,
    _ body: (UInt64, Field) throws(Problem) -> Void
  ) throws(Problem) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let key = try varint(&rest)
      var field = Field()
      switch key & 7 {
      case 0: field.number = try varint(&rest)
      case 1: _ = try take(8, &rest)
      case 2: field.bytes = UnsafeRawBufferPointer(rebasing: try take(try varint(&rest), &rest))
      case 5: _ = try take(4, &rest)
      default: throw malformed
      }
      try body(key >> 3, field)
    }
  }

  private static var malformed: Problem {
    Problem(text: "is no ONNX model, or is cut short: its fields do not fit.")
  }

  private static func take(
    _ count: UInt64,
    _ rest: inout Slice<UnsafeRawBufferPointer>
  ) throws(Problem) -> Slice<UnsafeRawBufferPointer> {
    guard count <= UInt64(rest.count) else { throw malformed }
    defer { rest = rest.dropFirst(Int(count)) }
    return rest.prefix(Int(count))
  }

  private static func varint(
    _ rest: inout Slice<UnsafeRawBufferPointer>
  ) throws(Problem) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard let byte = rest.first else { throw malformed }
      rest = rest.dropFirst()
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw malformed
  }
}

// SPDX-License-Identifier: Apache-2.0

/// Unsigned LEB128: seven bits a byte, low first, the high bit set on all but the last byte.
enum Varint {
  /// Appends a value in 1...10 bytes.
  @inline(__always)
  static func append(_ value: UInt64, to bytes: inout [UInt8]) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

/// Fixed-width integers, low byte first.
enum LittleEndian {
  /// Appends an integer's bytes.
  static func append<T: FixedWidthInteger>(_ value: T, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }
}

/// Reads numbers from bytes that nothing has checked; never reads past their end.
struct ByteReader {
  let bytes: UnsafeRawBufferPointer
  private(set) var offset = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  var isAtEnd: Bool { offset >= bytes.count }
  var remaining: Int { bytes.count - offset }

  /// Reads a LEB128 number.
  @inline(__always)
  mutating func varint() throws(IndexError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while offset < bytes.count, shift < 64 {
      let byte = bytes[offset]
      offset += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw Self.truncated
  }

  /// Reads a fixed-width integer.
  mutating func integer<T: FixedWidthInteger>(_ type: T.Type) throws(IndexError) -> T {
    guard remaining >= MemoryLayout<T>.size else { throw Self.truncated }
    defer { offset += MemoryLayout<T>.size }
    return T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
  }

  /// Reads `count` bytes.
  mutating func take(_ count: Int) throws(IndexError) -> UnsafeRawBufferPointer {
    guard count >= 0, remaining >= count else { throw Self.truncated }
    defer { offset += count }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + count)])
  }

  static var truncated: IndexError {
    IndexError(.corrupt, "Stored bytes end too early: restore the data directory from a backup.")
  }
}

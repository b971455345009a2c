// SPDX-License-Identifier: Apache-2.0

/// Appends numbers and strings to bytes; integers of fixed width are little-endian.
struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  /// `capacity`: Bytes to expect.
  init(capacity: Int = 16) { bytes.reserveCapacity(capacity) }

  mutating func fixed<T: FixedWidthInteger>(_ value: T) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func float(_ value: Float) { fixed(value.bitPattern) }

  /// Unsigned LEB128.
  mutating func varint<T: FixedWidthInteger>(_ value: T) {
    var rest = UInt64(truncatingIfNeeded: value)
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func string(_ value: String) {
    varint(value.utf8.count)
    bytes.append(contentsOf: value.utf8)
  }
}

/// Reads what ``ByteWriter`` wrote, from bytes that nothing has checked.
struct ByteReader {
  private let bytes: UnsafeRawBufferPointer
  private var offset = 0
  private let what: String

  init(_ bytes: UnsafeRawBufferPointer, _ what: String) {
    self.bytes = bytes
    self.what = what
  }

  var isAtEnd: Bool { offset >= bytes.count }
  /// What is not read yet.
  var rest: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[offset...]) }
  var damaged: BehaviourError { .corrupt(what) }

  mutating func fixed<T: FixedWidthInteger>(_ type: T.Type) throws(BehaviourError) -> T {
    let size = MemoryLayout<T>.size
    guard bytes.count - offset >= size else { throw damaged }
    defer { offset += size }
    return T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
  }

  mutating func float() throws(BehaviourError) -> Float {
    Float(bitPattern: try fixed(UInt32.self))
  }

  mutating func varint() throws(BehaviourError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while offset < bytes.count, shift < 64 {
      let byte = bytes[offset]
      offset += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw damaged
  }

  mutating func number() throws(BehaviourError) -> UInt32 {
    guard let value = UInt32(exactly: try varint()) else { throw damaged }
    return value
  }

  /// A count of things that take at least a byte each, so that no count asks for more memory than
  /// the bytes could fill.
  mutating func count() throws(BehaviourError) -> Int {
    let count = try varint()
    guard count <= UInt64(bytes.count - offset) else { throw damaged }
    return Int(count)
  }

  mutating func string() throws(BehaviourError) -> String {
    let count = try count()
    defer { offset += count }
    return String(decoding: bytes[offset..<(offset + count)], as: UTF8.self)
  }
}

/// Keys of tables: big-endian, so that they sort as numbers.
enum Key {
  static func of(_ value: UInt64) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { [UInt8]($0) }
  }

  static func of(_ value: UInt32) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { [UInt8]($0) }
  }

  static func of(_ first: UInt32, _ second: UInt32) -> [UInt8] {
    of(UInt64(first) << 32 | UInt64(second))
  }

  static func of(_ kind: UInt8, _ number: UInt32) -> [UInt8] {
    [
      kind, UInt8(truncatingIfNeeded: number >> 24), UInt8(truncatingIfNeeded: number >> 16),
      UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number),
    ]
  }

  static func of(day: UInt32, _ hash: UInt64) -> [UInt8] { of(day) + of(hash) }

  /// The number in eight bytes of a key from `offset` on; 0 where the key is too short.
  static func number64(_ key: UnsafeRawBufferPointer, at offset: Int = 0) -> UInt64 {
    guard key.count >= offset + 8 else { return 0 }
    return UInt64(bigEndian: key.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  /// The number in four bytes of a key from `offset` on; 0 where the key is too short.
  static func number32(_ key: UnsafeRawBufferPointer, at offset: Int = 0) -> UInt32 {
    guard key.count >= offset + 4 else { return 0 }
    return UInt32(bigEndian: key.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }
}

// SPDX-License-Identifier: Apache-2.0

/// Unsigned integers of one width, 1...32 bits, low bit first, with eight readable bytes after them.
struct PackedIntegers: @unchecked Sendable {
  let base: UnsafeRawPointer
  let count: Int
  let width: Int
  private let mask: UInt64

  /// Wraps stored integers.
  ///
  /// - Throws: ``IndexError`` if `bytes` is too short for them.
  init(_ bytes: UnsafeRawBufferPointer, count: Int, width: Int) throws(IndexError) {
    guard (1...32).contains(width), let base = bytes.baseAddress,
      bytes.count >= Self.size(count: count, width: width)
    else { throw ByteReader.truncated }
    self.base = base
    self.count = count
    self.width = width
    mask = (1 << UInt64(width)) - 1
  }

  /// The bytes that `count` integers take, slack included.
  static func size(count: Int, width: Int) -> Int { (count * width + 7) / 8 + 8 }

  /// The least width, at least 1, for values up to `largest`.
  static func width(for largest: Int) -> Int { max(1, Int.bitWidth - largest.leadingZeroBitCount) }

  /// The integer at an index below ``count``, which is not checked.
  @inline(__always)
  subscript(index: Int) -> UInt32 {
    let bit = index &* width
    let word = base.loadUnaligned(fromByteOffset: bit >> 3, as: UInt64.self)
    return UInt32(truncatingIfNeeded: (word >> UInt64(bit & 7)) & mask)
  }

  /// The stored form of `values`, each below 1 << `width`.
  static func pack(_ values: UnsafeBufferPointer<UInt32>, width: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: size(count: values.count, width: width)) { bytes, count in
      count = bytes.count
      bytes.initialize(repeating: 0)
      guard let base = bytes.baseAddress else { return }
      let raw = UnsafeMutableRawPointer(base)
      for (index, value) in values.enumerated() {
        let bit = index * width
        let word = raw.loadUnaligned(fromByteOffset: bit >> 3, as: UInt64.self)
        raw.storeBytes(
          of: word | UInt64(value) << UInt64(bit & 7),
          toByteOffset: bit >> 3,
          as: UInt64.self
        )
      }
    }
  }
}

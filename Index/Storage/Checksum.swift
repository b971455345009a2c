// SPDX-License-Identifier: Apache-2.0

/// A 64-bit checksum of stored bytes: finds damage, does not resist forgery.
///
/// Four lanes of (lane ^ word) * odd constant, rotated, over 32 bytes a step; then the tail and the
/// length. Any single flipped bit changes its lane, since each step is a bijection of the lane.
enum Checksum {
  /// The checksum of `bytes`.
  static func of(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var a: UInt64 = 0x9E37_79B9_7F4A_7C15
    var b: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    var c: UInt64 = 0x1656_67B1_9E37_79F9
    var d: UInt64 = 0x85EB_CA77_C2B2_AE63
    var index = 0
    let stepped = bytes.count & ~31
    while index < stepped {
      a = mix(a, bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      b = mix(b, bytes.loadUnaligned(fromByteOffset: index + 8, as: UInt64.self))
      c = mix(c, bytes.loadUnaligned(fromByteOffset: index + 16, as: UInt64.self))
      d = mix(d, bytes.loadUnaligned(fromByteOffset: index + 24, as: UInt64.self))
      index += 32
    }
    while index < bytes.count {
      a = mix(a, UInt64(bytes[index]) | 0x100)
      index += 1
    }
    var sum = mix(a, b)
    sum = mix(sum, c)
    sum = mix(sum, d)
    return mix(sum, UInt64(bytes.count))
  }

  @inline(__always)
  private static func mix(_ lane: UInt64, _ word: UInt64) -> UInt64 {
    let product = (lane ^ word) &* 0x9FB2_1C65_1E98_DF25
    return product << 31 | product >> 33
  }
}

// SPDX-License-Identifier: Apache-2.0
//
// SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012): without the key,
// neither guesses of user ids nor collisions can be computed.

/// A 128-bit key and the hash function under it.
struct SipHash: Sendable {
  private let key0: UInt64
  private let key1: UInt64

  /// Takes the first 16 bytes as the key, low byte first.
  init(key: [UInt8]) {
    func word(_ start: Int) -> UInt64 {
      (start..<(start + 8)).reversed().reduce(0) { $0 << 8 | UInt64($1 < key.count ? key[$1] : 0) }
    }
    key0 = word(0)
    key1 = word(8)
  }

  /// The hash of a string's UTF-8 after one byte that tells apart what is hashed.
  func callAsFunction(_ domain: UInt8, _ text: String) -> UInt64 {
    var bytes: [UInt8] = [domain]
    bytes.append(contentsOf: text.utf8)
    return bytes.withUnsafeBytes { hash($0) }
  }

  /// The hash of bytes.
  func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var state = State(key0, key1)
    let whole = bytes.count & ~7
    for offset in stride(from: 0, to: whole, by: 8) {
      state.absorb(
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      )
    }
    var last = UInt64(bytes.count & 0xFF) << 56
    for offset in whole..<bytes.count { last |= UInt64(bytes[offset]) << (8 * (offset - whole)) }
    state.absorb(last)
    return state.finish()
  }

  private struct State {
    var v0, v1, v2, v3: UInt64

    init(_ key0: UInt64, _ key1: UInt64) {
      v0 = key0 ^ 0x736f_6d65_7073_6575
      v1 = key1 ^ 0x646f_7261_6e64_6f6d
      v2 = key0 ^ 0x6c79_6765_6e65_7261
      v3 = key1 ^ 0x7465_6462_7974_6573
    }

    mutating func round() {
      v0 &+= v1
      v1 = (v1 << 13 | v1 >> 51) ^ v0
      v0 = v0 << 32 | v0 >> 32
      v2 &+= v3
      v3 = (v3 << 16 | v3 >> 48) ^ v2
      v0 &+= v3
      v3 = (v3 << 21 | v3 >> 43) ^ v0
      v2 &+= v1
      v1 = (v1 << 17 | v1 >> 47) ^ v2
      v2 = v2 << 32 | v2 >> 32
    }

    mutating func absorb(_ word: UInt64) {
      v3 ^= word
      round()
      round()
      v0 ^= word
    }

    mutating func finish() -> UInt64 {
      v2 ^= 0xFF
      for _ in 0..<4 { round() }
      return v0 ^ v1 ^ v2 ^ v3
    }
  }
}

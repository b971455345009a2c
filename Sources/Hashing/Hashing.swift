// SPDX-License-Identifier: Apache-2.0

internal import CNettle

/// SHA-256 and what keys need of it, computed by Nettle.
public enum Hashing {
  /// Bytes of a digest.
  public static let digestSize = 32

  /// SHA-256 (FIPS 180-4) of salt and value.
  public static func sha256(salt: [UInt8] = [], _ value: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: digestSize)
    martlet_sha256(salt, salt.count, value, value.count, &digest)
    return digest
  }

  /// SHA-256 of bytes that are not copied, such as a mapped file's.
  public static func sha256(_ value: UnsafeRawBufferPointer) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: digestSize)
    let bytes = value.bindMemory(to: UInt8.self)
    martlet_sha256([], 0, bytes.baseAddress, bytes.count, &digest)
    return digest
  }

  /// Whether two byte strings are equal, in a time that depends on their lengths only.
  public static func areEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    a.count == b.count && martlet_equal(a, b, a.count) == 1
  }

  /// Bytes from the system's cryptographic generator.
  public static func random(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }
}

/// What HMAC-SHA256 (RFC 2104) needs of a key, without the key.
///
/// The states of the inner and outer hash after their first block: they sign as the key does, and the
/// key cannot be computed from them.
public struct SigningKey: Equatable, Sendable {
  /// The 64 bytes to store.
  public let bytes: [UInt8]

  /// Takes a key's states.
  public init(of key: [UInt8]) {
    var states = [UInt8](repeating: 0, count: 64)
    martlet_hmac_states(key, key.count, &states)
    bytes = states
  }

  /// Takes stored states; nil if they are not 64 bytes.
  public init?(bytes: [UInt8]) {
    guard bytes.count == 64 else { return nil }
    self.bytes = bytes
  }

  /// The message's 32-byte code.
  public func code(of message: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: Hashing.digestSize)
    martlet_hmac(bytes, message, message.count, &digest)
    return digest
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import CNettle

/// Seals small secrets with a password: ChaCha20-Poly1305 (RFC 8439) under a key by PBKDF2 (RFC 8018).
public struct SealingKey: Sendable {
  private static let nonceSize = 12
  private static let tagSize = 16
  /// Guesses at a weak password cost as many hashes.
  private static let iterations: UInt32 = 100_000

  private let key: [UInt8]

  /// Derives the key; takes some tens of milliseconds, on purpose.
  public init(password: [UInt8], salt: [UInt8]) {
    var key = [UInt8](repeating: 0, count: 32)
    martlet_pbkdf2(password, password.count, salt, salt.count, Self.iterations, &key)
    self.key = key
  }

  /// Encrypts a secret; what `context` it belongs to is authenticated with it, so that it cannot be put
  /// in another's place.
  ///
  /// - Returns: Nonce, ciphertext and tag.
  public func seal(_ secret: [UInt8], context: [UInt8]) -> [UInt8] {
    let nonce = Hashing.random(Self.nonceSize)
    var sealed = [UInt8](repeating: 0, count: secret.count)
    var tag = [UInt8](repeating: 0, count: Self.tagSize)
    martlet_seal(
      key,
      nonce,
      context,
      context.count,
      secret,
      secret.count,
      &sealed,
      &tag
    )
    return nonce + sealed + tag
  }

  /// Decrypts a secret; nil if password, context or bytes are not those it was sealed with.
  public func open(_ sealed: [UInt8], context: [UInt8]) -> [UInt8]? {
    guard sealed.count >= Self.nonceSize + Self.tagSize else { return nil }
    let nonce = Array(sealed.prefix(Self.nonceSize))
    let body = Array(sealed.dropFirst(Self.nonceSize).dropLast(Self.tagSize))
    var secret = [UInt8](repeating: 0, count: body.count)
    var tag = [UInt8](repeating: 0, count: Self.tagSize)
    martlet_open(
      key,
      nonce,
      context,
      context.count,
      body,
      body.count,
      &secret,
      &tag
    )
    return Hashing.areEqual(tag, Array(sealed.suffix(Self.tagSize))) ? secret : nil
  }
}

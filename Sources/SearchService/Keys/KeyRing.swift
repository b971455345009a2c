// SPDX-License-Identifier: Apache-2.0

public import JSON
import Foundation
import Hashing
public import SearchIndex
import Synchronization

/// What the sender of a request may do.
public struct Grant: Sendable {
  /// The key; nil for the bootstrap key, which may do all.
  public let key: APIKey?
  /// Search parameters that a derived search key carries; they win over the request's.
  public let embedded: [JSON.Member]

  /// For routes that ask for no key.
  public static let none = Grant(key: nil, embedded: [])

  /// Whether an action, `resource:verb`, is allowed, on a collection where one is named.
  public func allows(_ action: String, collection: String? = nil) -> Bool {
    key?.allows(action, collection: collection) ?? true
  }

  /// A filter expression that everything shown must satisfy, or "".
  public var scope: String {
    embedded.last { $0.key == "filter_by" }?.value.string ?? ""
  }

  /// Search parameters with those that the key carries in the place of the request's, its
  /// ``scope`` apart; the collection is the request's, for which the key was checked.
  public func applied(to parameters: [String: String]) -> [String: String] {
    var merged = parameters
    for member in embedded where !["filter_by", "collection"].contains(member.key) {
      merged[member.key] = Engine.text(member.value)
    }
    return merged
  }

  /// A request's filter and ``scope`` as one expression.
  ///
  /// - Throws: ``IndexError`` with code invalid if the filter cannot be parsed by itself: one such as
  ///   `a:1) || (b:2` would reach beyond the scope.
  public func joining(
    _ filter: String,
    on schema: CollectionSchema
  ) throws(IndexError) -> String {
    guard !scope.isEmpty, !filter.allSatisfy(\.isWhitespace) else {
      return scope.isEmpty ? filter : scope
    }
    try schema.check(filter: filter)
    return "(\(filter)) && (\(scope))"
  }
}

/// The keys that clients may send.
///
/// Thread-safe. Values are never stored: each key keeps a random salt and the SHA-256 of salt and
/// value, and a key that search keys can be derived from keeps what HMAC needs of it, sealed.
public final class KeyRing: Sendable {
  private let settings: SettingsStore
  private let salt = Hashing.random(16)
  private let bootstrap: [UInt8]
  private let keys: Mutex<[APIKey]>
  private let signing: SigningKeys

  /// Opens the keys of a data directory.
  ///
  /// `bootstrap`: The value of the key that may do all and is not stored.
  public init(_ settings: SettingsStore, bootstrap: String) {
    self.settings = settings
    self.bootstrap = Hashing.sha256(salt: salt, Array(bootstrap.utf8))
    keys = Mutex(settings.all(.key).compactMap { APIKey(stored: $0.value) })
    signing = SigningKeys(settings, password: bootstrap)
  }

  /// The stored keys, by number; expired ones that ask for it are removed.
  public func all(now: Int64) throws -> [APIKey] {
    let expired = keys.withLock { $0.filter { $0.autodelete && $0.expiresAt <= now } }
    for key in expired { _ = try remove(key.id) }
    return keys.withLock { $0 }.sorted { $0.id < $1.id }
  }

  /// The key of a number, or nil.
  public func key(_ id: Int64) -> APIKey? { keys.withLock { $0.first { $0.id == id } } }

  /// Makes a key; it is on disk on return.
  ///
  /// - Returns: The key and its value, which cannot be read again.
  /// - Throws: ``IndexError`` with code invalid if the request is wrong, alreadyExists if the value
  ///   is in use.
  public func create(_ json: JSON) throws -> (key: APIKey, value: String) {
    guard let value = (json.given("value") ?? .string(Self.randomValue())).string else {
      throw IndexError(.invalid, "A key's `value` must be a string.")
    }
    let bytes = Array(value.utf8)
    guard !isBootstrap(bytes), keys.withLock({ !$0.contains { $0.matches(bytes) } }) else {
      throw IndexError(.alreadyExists, "This key's value is in use: choose another.")
    }
    let id = keys.withLock { ($0.map(\.id).max() ?? -1) + 1 }
    var key = try APIKey(id: id, value: value, json: json)
    if key.isParent { try signing.seal(&key, value: bytes) }
    try settings.set(.key, String(id), key.stored)
    keys.withLock { $0.append(key) }
    return (key, value)
  }

  /// Removes a key.
  ///
  /// - Returns: Whether there was one.
  public func remove(_ id: Int64) throws -> Bool {
    guard try settings.remove(.key, String(id)) != nil else { return false }
    signing.forget(id)
    keys.withLock { $0.removeAll { $0.id == id } }
    return true
  }

  /// What the sender of a value may do, or nil if the value is no key or has expired.
  public func grant(_ value: String, now: Int64) -> Grant? {
    let bytes = Array(value.utf8)
    if isBootstrap(bytes) { return Grant(key: nil, embedded: []) }
    let prefix = value.prefix(4)
    let keys = keys.withLock { $0 }
    if let key = keys.first(where: { $0.prefix == prefix && $0.matches(bytes) }) {
      if key.isParent, signing[key] == nil { resealed(key, bytes) }
      return key.expiresAt > now ? Grant(key: key, embedded: []) : nil
    }
    return derived(value, keys, now: now)
  }

  /// Seals anew what another bootstrap key had sealed, now that the key's value is here.
  private func resealed(_ key: APIKey, _ value: [UInt8]) {
    var key = key
    // Where the disk fails, the next request with this key tries again.
    guard (try? signing.seal(&key, value: value)) != nil,
      (try? settings.set(.key, String(key.id), key.stored)) != nil
    else { return signing.forget(key.id) }
    keys.withLock { keys in
      if let place = keys.firstIndex(where: { $0.id == key.id }) { keys[place] = key }
    }
  }

  private func isBootstrap(_ value: [UInt8]) -> Bool {
    Hashing.areEqual(Hashing.sha256(salt: salt, value), bootstrap)
  }

  /// A search key made from another key by a client: the Base64 of the Base64 of the code of the
  /// parameters (44 bytes), the parent's first four bytes, and the parameters as JSON.
  private func derived(_ value: String, _ keys: [APIKey], now: Int64) -> Grant? {
    guard let bytes = Data(base64Encoded: value).map(Array.init), bytes.count > 48 else {
      return nil
    }
    let prefix = String(decoding: bytes[44..<48], as: UTF8.self)
    let parameters = Array(bytes[48...])
    for key in keys where key.prefix == prefix {
      guard let signing = signing[key] else { continue }
      let code = Array(Data(signing.code(of: parameters)).base64EncodedString().utf8)
      guard Hashing.areEqual(code, Array(bytes[..<44])),
        let members = (try? JSON(parsing: parameters))?.object
      else { continue }
      // What is no time has passed: such a key must not last for ever.
      let own = members.last { $0.key == "expires_at" }.map { $0.value.int ?? 0 } ?? APIKey.never
      guard key.expiresAt > now, own > now else { return nil }
      return Grant(key: key, embedded: members.filter { $0.key != "expires_at" })
    }
    return nil
  }

  /// 32 letters and digits: 190 bits.
  private static func randomValue() -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
    var generator = SystemRandomNumberGenerator()
    let bytes = (0..<32).map { _ in letters[Int.random(in: letters.indices, using: &generator)] }
    return String(decoding: bytes, as: UTF8.self)
  }
}

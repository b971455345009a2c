// SPDX-License-Identifier: Apache-2.0
//
// Who holds what HMAC needs of a key can sign search keys of any scope, so it is stored sealed by the
// bootstrap key, which is not in the data directory.

import Foundation
import Hashing
import JSON
import SearchIndex
import Synchronization

/// What verifies derived search keys, by the key that they are derived from.
///
/// Thread-safe; nothing is computed before the first use, since that takes tens of milliseconds.
final class SigningKeys: Sendable {
  private struct State {
    var sealing: SealingKey?
    /// By key's number; nil where another bootstrap key sealed it.
    var opened: [Int64: SigningKey?] = [:]
  }

  private let settings: SettingsStore
  private let password: [UInt8]
  private let state = Mutex(State())

  init(_ settings: SettingsStore, password: String) {
    self.settings = settings
    self.password = Array(password.utf8)
  }

  /// What verifies search keys derived from a key, or nil.
  subscript(key: APIKey) -> SigningKey? {
    guard key.isParent else { return nil }
    return state.withLock { state in
      if let known = state.opened[key.id] { return known }
      guard let sealing = try? sealing(&state) else { return nil }
      let opened = key.signing(sealing)
      state.opened[key.id] = .some(opened)
      return opened
    }
  }

  /// Seals what verifies search keys derived from a key of a value.
  func seal(_ key: inout APIKey, value: [UInt8]) throws {
    let sealing = try state.withLock { state in try self.sealing(&state) }
    key.seal(value, sealing)
    let opened = key.signing(sealing)
    state.withLock { $0.opened[key.id] = .some(opened) }
  }

  /// Forgets a key that is gone or was not stored.
  func forget(_ id: Int64) { state.withLock { $0.opened[id] = nil } }

  private func sealing(_ state: inout State) throws -> SealingKey {
    if let known = state.sealing { return known }
    let stored = settings.value(.sealing, "salt")?.string.flatMap { Data(base64Encoded: $0) }
    let salt = stored.map(Array.init) ?? Hashing.random(16)
    if stored == nil {
      try settings.set(.sealing, "salt", .string(Data(salt).base64EncodedString()))
    }
    let made = SealingKey(password: password, salt: salt)
    state.sealing = made
    return made
  }
}

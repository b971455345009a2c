// SPDX-License-Identifier: Apache-2.0

public import SearchIndex
import Foundation
import JSON

/// The collections of a data directory with all that is configured around them.
///
/// Thread-safe.
public final class Engine: Sendable {
  /// The collections.
  public let store: IndexStore
  /// What is configured.
  public let settings: SettingsStore
  /// Who may do what.
  public let keys: KeyRing
  /// Rules about what shoppers do, and how often they applied.
  public let analytics: Analytics
  let aids: QueryAids
  let changes = SchemaChanges()

  /// Opens the settings of a store.
  ///
  /// `bootstrapKey`: The key that may do all; it is not stored.
  public init(_ store: IndexStore, bootstrapKey: String) throws {
    self.store = store
    settings = try SettingsStore(store)
    keys = KeyRing(settings, bootstrap: bootstrapKey)
    analytics = Analytics(settings)
    aids = QueryAids(settings)
  }

  /// Seconds since 1970.
  public static var now: Int64 { Int64(Date().timeIntervalSince1970) }

  /// The collection of a name or of an alias.
  ///
  /// - Throws: ``IndexError`` with code notFound.
  public func collection(named name: String) throws(IndexError) -> Collection {
    if let target = settings.value(.alias, name)?["collection_name"]?.string {
      return try store.collection(named: target)
    }
    return try store.collection(named: name)
  }
}

// SPDX-License-Identifier: Apache-2.0

import Foundation
import LMDBStore

/// What is known of a shopper.
public struct ShopperProfile: Equatable, Sendable {
  /// A product that the shopper acted on.
  public struct RecentItem: Equatable, Sendable {
    /// The document's id.
    public var product: String
    /// The document's collection.
    public var collection: String
    /// When the latest event was, in seconds since 1970.
    public var time: UInt32
    /// What was done with it so far.
    public var kinds: Set<Event.Kind>
  }

  /// A category or brand and how much the shopper leans to it.
  public struct Affinity: Equatable, Sendable {
    /// The name of the category or brand.
    public var name: String
    /// 0...1; those of one kind add up to 1.
    public var share: Float
  }

  /// Whether the shopper is taken for a bot.
  public var isBot = false
  /// Products, the latest first; at most 50.
  public var recent: [RecentItem] = []
  /// Categories, the greatest share first; at most 12.
  public var categories: [Affinity] = []
  /// Brands, the greatest share first; at most 12.
  public var brands: [Affinity] = []
  /// The geometric mean of the prices that the shopper pays attention to; nil if none is known.
  public var price: Float?
  /// The standard deviation of the logarithms of those prices; 0 if none is known.
  public var priceSpread: Float = 0
  /// The latest session.
  public var session: SessionProfile?
}

/// What was done in a session.
public struct SessionProfile: Equatable, Sendable {
  /// When the latest event was, in milliseconds since 1970.
  public var last: Int64
  /// Products, the latest first; at most 12.
  public var products: [String]
  /// Queries, the latest first; at most 6.
  public var queries: [String]
}

extension BehaviourSnapshot {
  /// The profile of a shopper by the shop's id; nil if there is none.
  public func shopper(_ id: String) throws -> ShopperProfile? {
    try state(keyed(1, id)).map { try profile($0) }
  }

  /// A keyed hash of a shopper's id, which tells shoppers apart and names none.
  public func key(ofShopper id: String) -> String { String(keyed(1, id), radix: 16) }

  /// What was done in the session of an id; nil if it is not known.
  public func session(_ id: String) throws -> SessionProfile? {
    try sessionState(id).map { try profile($0) }
  }

  func sessionState(_ id: String) throws -> SessionState? {
    let hash = max(1, keyed(2, id))
    guard let bytes = try transaction.get(tables.sessions, Key.of(hash)) else { return nil }
    return try state(Key.number64(bytes))?.sessions.first { $0.id == hash }
  }

  func state(_ shopper: UInt64) throws -> ShopperState? {
    let stored = try transaction.get(tables.shoppers, Key.of(shopper))
    let state = try stored.map { try ShopperState($0) }
    return state?.isOptedOut == true ? nil : state
  }

  private func profile(_ state: ShopperState) throws -> ShopperProfile {
    var profile = ShopperProfile()
    profile.isBot = state.habits.isBot
    for entry in state.recent.reversed() {
      guard let name = try Name(.product, entry.product, transaction, tables) else { continue }
      profile.recent.append(
        ShopperProfile.RecentItem(
          product: name.text,
          collection: name.scope,
          time: entry.time,
          kinds: Set(Event.Kind.allCases.filter { entry.kinds & 1 << ($0.rawValue & 7) != 0 })
        )
      )
    }
    profile.categories = try affinities(state.categories, .category)
    profile.brands = try affinities(state.brands, .brand)
    if state.price.weight > 0 {
      let mean = state.price.sum / state.price.weight
      profile.price = expf(mean)
      let variance = state.price.squares / state.price.weight - mean * mean
      profile.priceSpread = max(0, variance).squareRoot()
    }
    profile.session = try state.sessions.last.map { try self.profile($0) }
    return profile
  }

  private func affinities(
    _ affinities: Affinities,
    _ kind: NameKind
  ) throws -> [ShopperProfile.Affinity] {
    let total = affinities.entries.reduce(0) { $0 + $1.weight }
    guard total > 0 else { return [] }
    return try affinities.entries.sorted { $0.weight > $1.weight }.compactMap { entry in
      try Name(kind, entry.number, transaction, tables).map {
        ShopperProfile.Affinity(name: $0.text, share: entry.weight / total)
      }
    }
  }

  private func profile(_ session: SessionState) throws -> SessionProfile {
    SessionProfile(
      last: session.last,
      products: try session.items.reversed().compactMap {
        try Name(.product, $0.product, transaction, tables)?.text
      },
      queries: try session.queries.reversed().compactMap {
        try Name(.query, $0.query, transaction, tables)?.text
      }
    )
  }
}

// SPDX-License-Identifier: Apache-2.0
//
// What events say of a query's candidates, in columns, as ranking wants it. Products go by their
// numbers, which never change: a caller that keeps them beside its documents saves the look-ups.

import LMDBStore

/// Columns over candidates, in their order; a candidate that no event knows has back-off values.
public struct CandidateFeatures: Sendable {
  /// ``Counters/popularity``, halving in 30 days; 0 or more.
  public var popularity: [Float]
  /// The same, each halving in a day.
  public var trend: [Float]
  /// Expected clicks for each time that the product is examined for the query, 0...1.
  public var clickRate: [Float]
  /// Expected purchases for each time that the product is examined for the query, 0...1.
  public var purchaseRate: [Float]
  /// The standard deviation of the click rate.
  public var clickDeviation: [Float]
  /// The standard deviation of the purchase rate.
  public var purchaseDeviation: [Float]
  /// How closely the product goes together in sessions with what the shopper looked at, the latest
  /// counting most: a sum of cosines, 0 or more.
  public var visitedWith: [Float]
  /// How closely it goes together in orders with what the shopper looked at or bought.
  public var boughtWith: [Float]
}

extension BehaviourSnapshot {
  /// Products of a shopper that candidates are compared with.
  private static let mostSeeds = 20

  /// The numbers of products; 0 for one that no event has named.
  public func numbers(of products: [String], collection: String) throws -> [UInt32] {
    try products.map {
      try Name(kind: .product, scope: collection, text: $0).number(transaction, tables) ?? 0
    }
  }

  /// What events say of candidates.
  ///
  /// - Parameters:
  ///   - products: Numbers of products; 0 for one without events.
  ///   - query: The query; empty if there is none.
  ///   - collection: The query's collection.
  ///   - shopper: The shopper's id; empty if unknown.
  ///   - model: Rates.
  /// - Returns: A column for each feature, in the order of `products`.
  /// - Throws: ``BehaviourError`` if what is stored is damaged.
  /// - Complexity: One look-up a candidate, and two for each of the shopper's latest 20 products.
  public func features(
    of products: [UInt32],
    query: String,
    collection: String,
    shopper: String,
    model: ClickModel
  ) throws -> CandidateFeatures {
    let none = [Float](repeating: 0, count: products.count)
    var features = CandidateFeatures(
      popularity: none,
      trend: none,
      clickRate: none,
      purchaseRate: none,
      clickDeviation: none,
      purchaseDeviation: none,
      visitedWith: none,
      boughtWith: none
    )
    let shown = try shownCounts(query, collection)
    let seeds = try self.seeds(shopper)
    let visited = try closeness(seeds, .visited)
    let bought = try closeness(seeds, .bought)
    for (index, product) in products.enumerated() {
      let counters = product == 0 ? Counters() : try self.counters(product: product)
      features.popularity[index] = counters.popularity
      features.trend[index] = counters.trend
      let estimate = model.estimate(
        query: shown[product] ?? QueryProductCounts(),
        product: counters
      )
      features.clickRate[index] = estimate.clicks
      features.purchaseRate[index] = estimate.purchases
      features.clickDeviation[index] = estimate.clickDeviation
      features.purchaseDeviation[index] = estimate.purchaseDeviation
      if let weight = visited[product] {
        features.visitedWith[index] = weight / max(1, counters.reach(.visited)).squareRoot()
      }
      if let weight = bought[product] {
        features.boughtWith[index] = weight / max(1, counters.reach(.bought)).squareRoot()
      }
    }
    return features
  }

  /// What came of showing products for a query, by their numbers.
  func shownCounts(
    _ query: String,
    _ collection: String
  ) throws -> [UInt32: QueryProductCounts] {
    guard let number = try queryNumber(query, collection),
      let bytes = try transaction.get(tables.state, Key.of(StateKind.clicks.rawValue, number))
    else { return [:] }
    var counts: [UInt32: QueryProductCounts] = [:]
    for entry in try QueryProducts(bytes).entries {
      let age = Decay.seconds(entry.time, time)
      let factor = Decay.factor(age, options.halfLives.popularity)
      counts[entry.product] = QueryProductCounts(entry.counts * factor)
    }
    return counts
  }

  /// The shopper's latest products, each with how much it counts and its own counts.
  private func seeds(
    _ shopper: String
  ) throws -> [(product: UInt32, weight: Float, counters: Counters)] {
    guard !shopper.isEmpty, let state = try state(keyed(1, shopper)) else { return [] }
    return try state.recent.suffix(Self.mostSeeds).reversed().enumerated().map { rank, recent in
      (recent.product, 1 / Float(rank + 1).squareRoot(), try counters(product: recent.product))
    }
  }

  /// For each neighbour of the seeds, the sum of weight / sqrt(reach of the seed).
  private func closeness(
    _ seeds: [(product: UInt32, weight: Float, counters: Counters)],
    _ relation: Relation
  ) throws -> [UInt32: Float] {
    var sums: [UInt32: Float] = [:]
    let kind: StateKind = relation == .visited ? .visited : .bought
    for seed in seeds {
      let key = Key.of(kind.rawValue, seed.product)
      guard let bytes = try transaction.get(tables.state, key) else { continue }
      let scale = seed.weight / max(1, seed.counters.reach(relation)).squareRoot()
      for entry in try Neighbours(bytes).entries {
        let age = Decay.seconds(entry.time, time)
        let weight = entry.weight * Decay.factor(age, options.halfLives.popularity)
        sums[entry.number, default: 0] += weight * scale
      }
    }
    return sums
  }
}

extension Counters {
  /// How many events of a product could have made it a neighbour.
  func reach(_ relation: Relation) -> Float {
    switch relation {
    case .visited: views + clicks
    case .bought: purchases
    }
  }
}

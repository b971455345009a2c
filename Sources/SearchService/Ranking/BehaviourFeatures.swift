// SPDX-License-Identifier: Apache-2.0

import Behaviour

/// Numbers about products that follow from what shoppers did, for ranking stages.
///
///   _clicks, _purchases   of 0...1: how likely one who looks at the product for this query clicks or
///                         buys, position bias taken out, with Bayesian smoothing
///   _popularity           clicks, cart additions and purchases, decayed, purchases counting most
///   _trend                the latest day's views, clicks, cart additions and purchases
///   _visited_with         how closely the product goes together in sessions with what the shopper
///                         looked at; 0 for an unknown shopper
///   _bought_with          the same in orders
struct BehaviourFeatures {
  let snapshot: BehaviourSnapshot
  let collection: String
  let query: String
  /// Which products are explored; another for each search.
  let seed: UInt64
  /// The shopper's id; empty if unknown.
  var shopper = ""

  /// The numbers of products, in the order of `ids`; nil for an unknown name.
  func numbers(_ name: String, ids: [String]) -> [Double]? {
    switch name {
    case "_clicks", "_purchases":
      guard let model = try? snapshot.clickModel(seed: seed),
        let known = try? snapshot.products(query: query, collection: collection)
      else { return nil }
      return try? ids.map { id in
        let estimate = model.estimate(
          query: known[id] ?? QueryProductCounts(),
          product: try snapshot.counters(product: id, collection: collection)
        )
        return Double(name == "_clicks" ? estimate.clicks : estimate.purchases)
      }
    case "_popularity":
      return try? ids.map { id in
        let counters = try snapshot.counters(product: id, collection: collection)
        return Double(counters.clicks + 3 * counters.carts + 10 * counters.purchases)
      }
    case "_trend": return columns(ids)?.trend.map(Double.init)
    case "_visited_with": return columns(ids)?.visitedWith.map(Double.init)
    case "_bought_with": return columns(ids)?.boughtWith.map(Double.init)
    default: return nil
    }
  }

  private func columns(_ ids: [String]) -> CandidateFeatures? {
    guard let model = try? snapshot.clickModel(seed: seed),
      let numbers = try? snapshot.numbers(of: ids, collection: collection)
    else { return nil }
    return try? snapshot.features(
      of: numbers,
      query: query,
      collection: collection,
      shopper: shopper,
      model: model
    )
  }
}

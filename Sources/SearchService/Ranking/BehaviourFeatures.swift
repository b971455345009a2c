// SPDX-License-Identifier: Apache-2.0

import Behaviour

/// Numbers about products that follow from what shoppers did, for ranking stages.
///
///   _clicks, _purchases   of 0...1: how likely one who looks at the product for this query clicks or
///                         buys, position bias taken out, with Bayesian smoothing
///   _popularity           clicks, cart additions and purchases, decayed, purchases counting most
struct BehaviourFeatures {
  let snapshot: BehaviourSnapshot
  let collection: String
  let query: String
  /// Which products are explored; another for each search.
  let seed: UInt64

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
    default: return nil
    }
  }
}

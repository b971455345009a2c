// SPDX-License-Identifier: Apache-2.0

import Behaviour
import Ranking

extension BehaviourSnapshot {
  /// What ranking stages learn of a shopper; what cannot be read is left out.
  ///
  /// - Parameters:
  ///   - id: The shopper's id; empty if unknown.
  ///   - session: The session's id; empty for the shopper's latest one.
  ///   - collection: The products' collection.
  /// - Returns: The shopper's products, most recent first, and interests.
  func rankingShopper(_ id: String, _ session: String, in collection: String) -> Shopper {
    var shopper = Shopper()
    if !id.isEmpty, let known = try? self.shopper(id) {
      shopper.key = key(ofShopper: id)
      shopper.history = Self.weighted(
        known.recent.filter { $0.collection == collection }.map(\.product)
      )
      let interests =
        known.brands.map { ("brand:" + $0.name, Double($0.share)) }
        + known.categories.map { ("category:" + $0.name, Double($0.share)) }
      shopper.interests = WeightedList(interests.map(\.0), weights: interests.map(\.1))
      if let session = known.session { shopper.session = Self.weighted(session.products) }
    }
    if !session.isEmpty, let session = try? self.session(session) {
      shopper.session = Self.weighted(session.products)
    }
    return shopper
  }

  /// Products, most recent first, each counting less than the one before it.
  private static func weighted(_ products: [String]) -> WeightedList {
    WeightedList(products, weights: products.indices.map { 1 / Double($0 + 1) })
  }
}

// SPDX-License-Identifier: Apache-2.0

import Behaviour

/// Numbers about products that follow from what shoppers did, for ranking stages.
///
///   _clicks, _purchases   of 0...1: how likely one who looks at the product for this query clicks or
///                         buys, position bias taken out, with Bayesian smoothing
///   _clicks_deviation, _purchases_deviation
///                         the standard deviation of that: how little is known yet
///   _popularity           clicks, cart additions and purchases, decayed, purchases counting most
///   _trend                the latest day's views, clicks, cart additions and purchases
///   _visited_with         how closely the product goes together in sessions with what the shopper
///                         looked at; 0 for an unknown shopper
///   _bought_with          the same in orders
///
/// For one search, and one thread at a time.
final class BehaviourFeatures {
  private let snapshot: BehaviourSnapshot
  private let collection: String
  private let query: String
  /// The shopper's id; empty if unknown.
  private let shopper: String
  /// The products asked for last: stages ask for several columns of the same ones.
  private var latest: (ids: [String], features: CandidateFeatures)?

  init(snapshot: BehaviourSnapshot, collection: String, query: String, shopper: String = "") {
    (self.snapshot, self.collection, self.query) = (snapshot, collection, query)
    self.shopper = shopper
  }

  /// The numbers of products, in the order of `ids`; nil for an unknown name.
  func numbers(_ name: String, ids: [String]) -> [Double]? {
    let column: KeyPath<CandidateFeatures, [Float]>? =
      switch name {
      case "_clicks": \.clickRate
      case "_purchases": \.purchaseRate
      case "_clicks_deviation": \.clickDeviation
      case "_purchases_deviation": \.purchaseDeviation
      case "_popularity": \.popularity
      case "_trend": \.trend
      case "_visited_with": \.visitedWith
      case "_bought_with": \.boughtWith
      default: nil
      }
    guard let column, let features = try? features(ids) else { return nil }
    return features[keyPath: column].map(Double.init)
  }

  private func features(_ ids: [String]) throws -> CandidateFeatures {
    if let latest, latest.ids == ids { return latest.features }
    let features = try snapshot.features(
      of: snapshot.numbers(of: ids, collection: collection),
      query: query,
      collection: collection,
      shopper: shopper,
      model: snapshot.clickModel()
    )
    latest = (ids, features)
    return features
  }
}

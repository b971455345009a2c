// SPDX-License-Identifier: Apache-2.0

import Behaviour
import Foundation
import SearchIndex

/// Numbers about products that follow from their fields and the shopper's profile, for ranking stages.
///
///   _brand_affinity       of 0...1: the share of the product's brand in what the shopper did
///   _category_affinity    the same of its category
///   _price_affinity       of 0...1: how near its price is to those that the shopper pays attention
///                         to: exp(-z²/2), z counting standard deviations of the prices' logarithms
///   _age_days             days since it came out
///
/// NaN is missing: an unknown shopper, a product without the field.
struct TasteFeatures {
  /// The shopper's; nil for one who is not known.
  let profile: ShopperProfile?
  /// Now, in seconds since 1970.
  let time: Double
  /// The least standard deviation of a shopper's prices: a quarter up or down is no difference.
  private static let leastSpread = 0.25
  private static let dates = ["released_at", "created_at", "published_at", "released", "date"]

  /// The numbers of products; nil for another name, or where the collection lacks the field.
  func numbers(
    _ name: String,
    of documents: [ScoredDocument],
    in snapshot: Snapshot
  ) -> [Double]? {
    switch name {
    case "_brand_affinity": shares(profile?.brands, documents, snapshot, ["brand"])
    case "_category_affinity":
      shares(profile?.categories, documents, snapshot, ["category", "categories"])
    case "_price_affinity":
      snapshot.numbers("price", of: documents)?.map(priceAffinity)
    case "_age_days": ages(documents, snapshot)
    default: nil
    }
  }

  private func shares(
    _ affinities: [ShopperProfile.Affinity]?,
    _ documents: [ScoredDocument],
    _ snapshot: Snapshot,
    _ fields: [String]
  ) -> [Double]? {
    guard let values = fields.lazy.compactMap({ snapshot.strings($0, of: documents) }).first else {
      return nil
    }
    guard let affinities, !affinities.isEmpty else { return values.map { _ in .nan } }
    let shares = Dictionary(affinities.map { ($0.name, Double($0.share)) }) { first, _ in first }
    return values.map { $0.isEmpty ? .nan : shares[$0] ?? 0 }
  }

  private func priceAffinity(_ price: Double) -> Double {
    guard let profile, let mean = profile.price, mean > 0, price > 0 else { return .nan }
    let spread = max(Self.leastSpread, Double(profile.priceSpread))
    let z = (log(price) - log(Double(mean))) / spread
    return exp(-z * z / 2)
  }

  private func ages(_ documents: [ScoredDocument], _ snapshot: Snapshot) -> [Double]? {
    for field in Self.dates {
      if let numbers = snapshot.numbers(field, of: documents) {
        // What is too large for seconds since 1970 is in milliseconds.
        return numbers.map { (time - ($0 > 1e11 ? $0 / 1000 : $0)) / 86_400 }
      }
      if let texts = snapshot.strings(field, of: documents) {
        return texts.map { text in
          Timestamp.seconds(iso: text).map { (time - $0) / 86_400 } ?? .nan
        }
      }
    }
    return nil
  }
}

// SPDX-License-Identifier: Apache-2.0
//
// Position-debiased rates with back-off. A product is credited with having been examined by the
// chance that its position is looked at (the position-based model: Craswell et al., "An
// experimental comparison of click position-bias models", 2008), so clicks / examined estimates how
// attractive it is wherever it stood. The rate of a product under a query is shrunk to the
// product's own rate under all queries, and that to the shop's, each by a prior worth some
// examinations: the mean of a beta distribution. So a new product stands at its prior, not at zero.

import Foundation
import LMDBStore

/// Bayesian estimates of how products fare under one query.
public struct ClickModel: Sendable {
  /// How much evidence the back-off is worth.
  public struct Settings: Sendable {
    /// Examinations that the product's rate under all queries is worth under one query.
    public var queryPrior: Float = 20
    /// Examinations that the shop's rate is worth for a product.
    public var productPrior: Float = 50
    /// The shop's clicks for each examination, before there is data.
    public var clickRate: Float = 0.1
    /// The shop's purchases for each examination, before there is data.
    public var purchaseRate: Float = 0.01

    /// The defaults.
    public init() {}
  }

  /// The estimates of one product.
  public struct Estimate: Equatable, Sendable {
    /// Expected clicks for each time that the product is examined, 0...1.
    public var clicks: Float
    /// Expected purchases for each time that the product is examined, 0...1.
    public var purchases: Float
    /// The standard deviation of ``clicks``: what is little known may be better than it looks.
    public var clickDeviation: Float
    /// The standard deviation of ``purchases``.
    public var purchaseDeviation: Float
    /// Examinations behind the estimate.
    public var evidence: Float
  }

  private let settings: Settings
  private let shop: (clicks: Float, purchases: Float)

  /// A model over a shop's counts, from which the rates of last resort come.
  public init(settings: Settings = Settings(), shop: Counters) {
    self.settings = settings
    func rate(_ count: Float, _ prior: Float) -> Float {
      Self.mean(count, shop.examined, prior: prior, worth: 1000)
    }
    self.shop = (
      rate(shop.clicks, settings.clickRate), rate(shop.purchases, settings.purchaseRate)
    )
  }

  /// The estimate of a product from its counts under the query and under all queries.
  public func estimate(query: QueryProductCounts, product: Counters) -> Estimate {
    let clicks = estimate(
      query.clicks,
      query.examined,
      product.clicks,
      product.examined,
      shop.clicks
    )
    let purchases = estimate(
      query.purchases,
      query.examined,
      product.purchases,
      product.examined,
      shop.purchases
    )
    return Estimate(
      clicks: clicks.mean,
      purchases: purchases.mean,
      clickDeviation: clicks.deviation,
      purchaseDeviation: purchases.deviation,
      evidence: query.examined
    )
  }

  private func estimate(
    _ count: Float,
    _ examined: Float,
    _ ofAll: Float,
    _ examinedOfAll: Float,
    _ shop: Float
  ) -> (mean: Float, deviation: Float) {
    // What is not shown but reached otherwise must not count as certain.
    let back = Self.mean(
      min(ofAll, examinedOfAll),
      examinedOfAll,
      prior: shop,
      worth: settings.productPrior
    )
    let mean = Self.mean(min(count, examined), examined, prior: back, worth: settings.queryPrior)
    // Of the beta distribution whose mean this is.
    let variance = mean * (1 - mean) / (examined + settings.queryPrior + 1)
    return (mean, max(0, variance).squareRoot())
  }

  private static func mean(_ count: Float, _ of: Float, prior: Float, worth: Float) -> Float {
    (count + prior * worth) / (of + worth)
  }
}

/// What came of showing a product for a query, each count halving with time.
public struct QueryProductCounts: Equatable, Sendable {
  /// Times shown, each by the chance that its position is looked at.
  public var examined: Float = 0
  /// Clicks.
  public var clicks: Float = 0
  /// Times put into a cart.
  public var carts: Float = 0
  /// Purchases.
  public var purchases: Float = 0

  /// No counts.
  public init() {}

  init(_ counts: SIMD4<Float>) {
    (examined, clicks, carts, purchases) = (counts[0], counts[1], counts[2], counts[3])
  }
}

extension BehaviourSnapshot {
  /// What came of showing products for a query, by product; at most 80 products.
  public func products(
    query: String,
    collection: String
  ) throws -> [String: QueryProductCounts] {
    var counts: [String: QueryProductCounts] = [:]
    for (product, found) in try shownCounts(query, collection) {
      guard let name = try Name(.product, product, transaction, tables) else { continue }
      counts[name.text] = found
    }
    return counts
  }

  /// The counts of all products of all collections together.
  public func shop() throws -> Counters { try counters(product: 0) }

  /// The model over the shop's counts.
  public func clickModel(
    settings: ClickModel.Settings = ClickModel.Settings()
  ) throws -> ClickModel {
    ClickModel(settings: settings, shop: try shop())
  }

  /// The estimate of one product for a query; for many products of a query, ask
  /// ``products(query:collection:)`` once.
  public func estimate(
    _ model: ClickModel,
    query: String,
    product: String,
    collection: String
  ) throws -> ClickModel.Estimate {
    model.estimate(
      query: try products(query: query, collection: collection)[product] ?? QueryProductCounts(),
      product: try counters(product: product, collection: collection)
    )
  }
}

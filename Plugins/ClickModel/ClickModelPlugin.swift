// SPDX-License-Identifier: Apache-2.0
//
// Ranks by what came of showing products for the same query: the server gives the chance that one who
// looks at a product clicks or buys it, freed of the positions that it was shown at and smoothed toward
// the product's and the shop's rates, so that new products start in the middle and not at the end.

import RankingPluginKit

/// Lifts products that shoppers click and buy for this query.
final class ClickModelPlugin: RankingPlugin {
  static var descriptor: PluginDescriptor {
    var descriptor = PluginDescriptor(id: "org.martlet.click-model", version: "1.0.0")
    descriptor.reasons = [1: "others chose it for this query"]
    return descriptor
  }

  private struct Configuration: Decodable {
    /// What a product that everybody clicks gains, as a share of its score.
    var click_weight: Double?
    /// The same for a product that everybody buys.
    var purchase_weight: Double?
  }

  private let clicks: NumberColumn
  private let purchases: NumberColumn
  private let clickWeight: Double
  private let purchaseWeight: Double

  init(host: PluginHost) throws {
    let configuration = try host.configuration(as: Configuration.self)
    clicks = try host.numbers("_clicks")
    purchases = try host.numbers("_purchases")
    clickWeight = configuration.click_weight ?? 2
    purchaseWeight = configuration.purchase_weight ?? 5
    guard clickWeight.isFinite, clickWeight >= 0, purchaseWeight.isFinite, purchaseWeight >= 0
    else { throw PluginFailure("`click_weight` and `purchase_weight` must be 0 or more.") }
  }

  func rank(
    _ query: PluginQuery,
    _ candidates: PluginCandidates,
    into output: PluginOutput
  ) throws -> Int {
    let (clicks, purchases) = (candidates[clicks], candidates[purchases])
    for candidate in 0..<candidates.count {
      let lift =
        clickWeight * Self.chance(clicks[candidate])
        + purchaseWeight * Self.chance(purchases[candidate])
      output.scores[candidate] = candidates.scores[candidate] * (1 + lift)
      if lift > 0.5 { output.explain(candidate, 1) }
    }
    return candidates.count
  }

  /// A chance of 0...1; what is missing or odd is none.
  private static func chance(_ number: Double) -> Double {
    number.isFinite ? min(1, max(0, number)) : 0
  }
}

/// The one symbol that the server looks for.
@c(ranking_plugin_entry)
public func entry() -> UnsafeRawPointer { export(ClickModelPlugin.self) }

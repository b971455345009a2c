// SPDX-License-Identifier: Apache-2.0
//
// Ranks by what came of showing products for the same query: the server gives the chance that one who
// looks at a product clicks or buys it, freed of the positions that it was shown at and smoothed toward
// the product's and the shop's rates, so that new products start in the middle and not at the end.
//
// A share of searches explores: in these, chances are taken to be some standard deviations higher than
// they are estimated, which lifts what is little known (upper confidence bounds: Auer, Cesa-Bianchi and
// Fischer, 2002), so that it gets looked at and judged.

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
    /// The share of searches, 0...1, that explore.
    var exploration: Double?
    /// Standard deviations that exploring adds.
    var optimism: Double?
  }

  private let clicks: NumberColumn
  private let purchases: NumberColumn
  private let clickDeviations: NumberColumn
  private let purchaseDeviations: NumberColumn
  private let clickWeight: Double
  private let purchaseWeight: Double
  private let exploration: Double
  private let optimism: Double

  init(host: PluginHost) throws {
    let configuration = try host.configuration(as: Configuration.self)
    clicks = try host.numbers("_clicks")
    purchases = try host.numbers("_purchases")
    clickDeviations = try host.numbers("_clicks_deviation")
    purchaseDeviations = try host.numbers("_purchases_deviation")
    clickWeight = configuration.click_weight ?? 2
    purchaseWeight = configuration.purchase_weight ?? 5
    exploration = configuration.exploration ?? 0.05
    optimism = configuration.optimism ?? 1.5
    guard exploration.isFinite, (0...1).contains(exploration) else {
      throw PluginFailure("`exploration` is a share of searches: a number from 0 to 1.")
    }
    guard optimism.isFinite, optimism >= 0 else {
      throw PluginFailure("`optimism` must be 0 or more.")
    }
    guard clickWeight.isFinite, clickWeight >= 0, purchaseWeight.isFinite, purchaseWeight >= 0
    else { throw PluginFailure("`click_weight` and `purchase_weight` must be 0 or more.") }
  }

  func rank(
    _ query: PluginQuery,
    _ candidates: PluginCandidates,
    into output: PluginOutput
  ) throws -> Int {
    let (clicks, purchases) = (candidates[clicks], candidates[purchases])
    let (clickDeviations, purchaseDeviations) = (
      candidates[clickDeviations], candidates[purchaseDeviations]
    )
    let optimism = explores(query) ? optimism : 0
    for candidate in 0..<candidates.count {
      let lift =
        clickWeight * Self.chance(clicks[candidate], optimism, clickDeviations[candidate])
        + purchaseWeight
        * Self.chance(purchases[candidate], optimism, purchaseDeviations[candidate])
      output.scores[candidate] = candidates.scores[candidate] * (1 + lift)
      if lift > 0.5 { output.explain(candidate, 1) }
    }
    return candidates.count
  }

  /// Whether a search explores: decided by its time, shopper and text, so that its batches agree and
  /// a repetition is ranked alike.
  private func explores(_ query: PluginQuery) -> Bool {
    // FNV-1a, then the high bits of a step of SplitMix64.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func mix(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    withUnsafeBytes(of: query.unixMilliseconds.littleEndian) { $0.forEach(mix) }
    query.shopper.utf8.forEach(mix)
    query.text.utf8.forEach(mix)
    hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
    hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
    return Double((hash ^ (hash >> 31)) >> 11) / Double(1 << 53 as UInt64) < exploration
  }

  /// A chance of 0...1; what is missing or odd is none.
  private static func chance(_ mean: Double, _ optimism: Double, _ deviation: Double) -> Double {
    guard mean.isFinite else { return 0 }
    return min(1, max(0, mean + (deviation.isFinite ? optimism * max(0, deviation) : 0)))
  }
}

/// The one symbol that the server looks for.
@c(ranking_plugin_entry)
public func entry() -> UnsafeRawPointer { export(ClickModelPlugin.self) }

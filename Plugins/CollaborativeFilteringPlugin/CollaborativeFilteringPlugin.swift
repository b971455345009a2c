// SPDX-License-Identifier: Apache-2.0
//
// The collaborative filter as a ranking plugin, on the public interface like anybody's. What the
// shopper's history and session say for a candidate is added to its score. Where there is less to go by:
//
//   a product that the model does not know   what candidates of its brand and category get
//   a shopper whose products it does not     the shopper's brands and categories, and popularity, a small
//   know                                     part of the same model
//
// The model follows its file and what shoppers do; see SharedFilter.swift.

import CollaborativeFiltering
import Foundation
import RankingPluginKit

/// Ranks by what shoppers with a like history went for.
final class CollaborativeFilteringPlugin: RankingPlugin {
  static var descriptor: PluginDescriptor {
    var descriptor = PluginDescriptor(id: "org.martlet.collaborative-filtering", version: "1.0.0")
    descriptor.needsIdentifiers = true
    descriptor.needsShopper = true
    descriptor.reasons = [1: "fits what this shopper looked at"]
    return descriptor
  }

  private struct Configuration: Decodable {
    /// The file that `martlet train cf` wrote.
    var model: String?
    /// What the best candidate gains, as a share of the best text score.
    var weight: Double?
    /// What an item of the longer history counts against one of the session.
    var history_weight: Double?
  }

  /// What popularity counts, where there is no history, against a history that fits.
  private static let popularityShare = 0.1
  /// What the shopper's leaning to a candidate's brand and category counts then.
  private static let affinityShare = 0.3
  /// What is estimated for a product counts against what is known.
  private static let estimateShare = 0.7
  /// Past items that are looked at; older ones say little.
  private static let longestHistory = 100

  private let filter: SharedFilter
  private let brand: StringColumn
  /// A product's categories, by either of the usual names.
  private let categories: [StringColumn]
  private var scorer: FilterScorer
  private let weight: Double
  private let historyWeight: Double

  init(host: PluginHost) throws {
    let configuration = try host.configuration(as: Configuration.self)
    guard let path = configuration.model else {
      throw PluginFailure("Give `model`, the path of a file made by 'martlet train cf'.")
    }
    do { filter = try SharedFilter.of(path) } catch { throw PluginFailure("\(error)") }
    scorer = FilterScorer(filter.live.model)
    brand = try host.strings("brand")
    categories = [try host.strings("category"), try host.strings("categories")]
    weight = configuration.weight ?? 1
    historyWeight = configuration.history_weight ?? 0.5
    guard weight.isFinite, weight >= 0, historyWeight.isFinite, historyWeight >= 0 else {
      throw PluginFailure("`weight` and `history_weight` must be 0 or more.")
    }
  }

  func rank(
    _ query: PluginQuery,
    _ candidates: PluginCandidates,
    into output: PluginOutput
  ) throws -> Int {
    let past =
      query.session.map { ($0.name, Float($0.weight)) }
      + query.history.map { ($0.name, Float($0.weight * historyWeight)) }
    // One look for both: the model may be replaced meanwhile, and numbers are of one model.
    let (shopper, items) = filter.live.shopper(
      Array(past.prefix(Self.longestHistory)),
      candidates: (0..<candidates.count).map { candidates.identifier($0) }
    )
    // A product that the model has not seen has a number that is no item's: it gains nothing.
    let gains = shopper.scores(of: items.map { $0 ?? .max }, scorer: &scorer)
    let isKnown = !shopper.history.isEmpty
    let state = state(query)
    let estimates = estimates(candidates, items, gains, state)
    // Of the whole order, not of this batch: batches must be comparable.
    let best = max(1e-9, Double(gains.max() ?? 0), state.best)
    state.best = best
    let strength = !isKnown ? weight * Self.popularityShare : weight
    for candidate in 0..<candidates.count {
      let gain = items[candidate] == nil ? estimates[candidate] : max(0, Double(gains[candidate]))
      let text = max(candidates.recallScores[candidate], state.text)
      state.text = text
      var gained = strength * gain / best
      if !isKnown { gained += weight * Self.affinityShare * affinity(query, candidates, candidate) }
      output.scores[candidate] = candidates.scores[candidate] + text * gained
      if isKnown, gain > 0.5 * best { output.explain(candidate, 1) }
    }
    return candidates.count
  }

  /// What candidates that the model does not know would gain; 0 for the others.
  private func estimates(
    _ candidates: PluginCandidates,
    _ items: [UInt32?],
    _ gains: [Float],
    _ state: Scale
  ) -> [Double] {
    var estimates = [Double](repeating: 0, count: candidates.count)
    let kinds = (0..<candidates.count).map { self.kinds(candidates, $0) }
    for candidate in 0..<candidates.count where items[candidate] != nil {
      state.backoff.add(score: max(0, Double(gains[candidate])), kinds: kinds[candidate])
    }
    for candidate in 0..<candidates.count where items[candidate] == nil {
      estimates[candidate] = Self.estimateShare * state.backoff.estimate(kinds: kinds[candidate])
    }
    return estimates
  }

  private func kinds(_ candidates: PluginCandidates, _ candidate: Int) -> [String] {
    var kinds: [String] = []
    if let brand = candidates[brand, candidate] { kinds.append("brand:" + brand) }
    for column in categories {
      if let category = candidates[column, candidate] { kinds.append("category:" + category) }
    }
    return kinds
  }

  /// 0...1: the shopper's share of interest in the candidate's brand and category.
  private func affinity(
    _ query: PluginQuery,
    _ candidates: PluginCandidates,
    _ candidate: Int
  ) -> Double {
    let interests = (query.state as? Scale)?.interests ?? [:]
    guard !interests.isEmpty else { return 0 }
    return min(1, kinds(candidates, candidate).reduce(0) { $0 + (interests[$1] ?? 0) } / 2)
  }

  /// The greatest figures of a query so far, by which batches are scaled, and what it knows of kinds.
  private final class Scale {
    var best = 0.0
    var text = 0.0
    var backoff = ContentBackoff()
    let interests: [String: Double]

    init(_ interests: [WeightedItem] = []) {
      self.interests = Dictionary(interests.map { ($0.name, $0.weight) }) { first, _ in first }
    }
  }
  private let spare = Scale()

  func begin(_ query: PluginQuery) throws -> AnyObject? {
    filter.refresh(now: query.unixMilliseconds)
    filter.learn(query.shopper, history: query.history.map(\.name))
    return Scale(query.interests)
  }

  private func state(_ query: PluginQuery) -> Scale { query.state as? Scale ?? spare }
}

/// The one symbol that the server looks for.
@c(ranking_plugin_entry)
public func entry() -> UnsafeRawPointer { export(CollaborativeFilteringPlugin.self) }

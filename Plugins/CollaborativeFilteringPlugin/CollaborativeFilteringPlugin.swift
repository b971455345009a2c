// SPDX-License-Identifier: Apache-2.0
//
// The collaborative filter as a ranking plugin, on the public interface like anybody's. What the
// shopper's history and session say for a candidate is added to its score; a new shopper's order is
// left to popularity, a small part of the same model. The model follows its file and what shoppers do; see
// SharedFilter.swift.

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
  /// Past items that are looked at; older ones say little.
  private static let longestHistory = 100

  private let filter: SharedFilter
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
    // Of the whole order, not of this batch: batches must be comparable.
    let best = max(1e-9, Double(gains.max() ?? 0), state(query).best)
    state(query).best = best
    let strength = !isKnown ? weight * Self.popularityShare : weight
    for candidate in 0..<candidates.count {
      let gain = items[candidate] == nil ? 0 : max(0, Double(gains[candidate]))
      let text = max(candidates.recallScores[candidate], state(query).text)
      state(query).text = text
      output.scores[candidate] = candidates.scores[candidate] + strength * text * gain / best
      if isKnown, gain > 0.5 * best { output.explain(candidate, 1) }
    }
    return candidates.count
  }

  /// The greatest figures of a query so far, by which batches are scaled.
  private final class Scale {
    var best = 0.0
    var text = 0.0
  }
  private let spare = Scale()

  func begin(_ query: PluginQuery) throws -> AnyObject? {
    filter.refresh(now: query.unixMilliseconds)
    filter.learn(query.shopper, history: query.history.map(\.name))
    return Scale()
  }

  private func state(_ query: PluginQuery) -> Scale { query.state as? Scale ?? spare }
}

/// The one symbol that the server looks for.
@c(ranking_plugin_entry)
public func entry() -> UnsafeRawPointer { export(CollaborativeFilteringPlugin.self) }

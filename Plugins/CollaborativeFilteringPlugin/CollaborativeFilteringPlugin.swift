// SPDX-License-Identifier: Apache-2.0
//
// The collaborative filter as a ranking plugin, on the public interface like anybody's. What the
// shopper's history and session say for a candidate is added to its score; a new shopper's order is
// left to popularity, a small part of the same model.

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

  private let model: FilterModel
  private var scorer: FilterScorer
  private let weight: Double
  private let historyWeight: Double

  init(host: PluginHost) throws {
    let configuration = try host.configuration(as: Configuration.self)
    guard let path = configuration.model else {
      throw PluginFailure("Give `model`, the path of a file made by 'martlet train cf'.")
    }
    do { model = try FilterModel(path: path) } catch { throw PluginFailure("\(error)") }
    scorer = FilterScorer(model)
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
      query.session.map { ($0.name, $0.weight) }
      + query.history.map { ($0.name, $0.weight * historyWeight) }
    let history = past.prefix(Self.longestHistory).compactMap { name, weight in
      model.number(of: name).map { HistoryItem($0, weight: Float(weight)) }
    }
    // A product that the model has not seen has a number that is no item's: it gains nothing.
    let unknown = UInt32(model.count)
    let items = (0..<candidates.count).map { candidate in
      candidates.identifier(candidate).flatMap(model.number) ?? unknown
    }
    let gains = scorer.scores(of: items, history: history)
    // Of the whole order, not of this batch: batches must be comparable.
    let best = max(1e-9, Double(gains.max() ?? 0), state(query).best)
    state(query).best = best
    let strength = history.isEmpty ? weight * Self.popularityShare : weight
    for candidate in 0..<candidates.count {
      let gain = items[candidate] == unknown ? 0 : max(0, Double(gains[candidate]))
      let text = max(candidates.recallScores[candidate], state(query).text)
      state(query).text = text
      output.scores[candidate] = candidates.scores[candidate] + strength * text * gain / best
      if !history.isEmpty, gain > 0.5 * best { output.explain(candidate, 1) }
    }
    return candidates.count
  }

  /// The greatest figures of a query so far, by which batches are scaled.
  private final class Scale {
    var best = 0.0
    var text = 0.0
  }
  private let spare = Scale()

  func begin(_ query: PluginQuery) throws -> AnyObject? { Scale() }

  private func state(_ query: PluginQuery) -> Scale { query.state as? Scale ?? spare }
}

/// The one symbol that the server looks for.
@c(ranking_plugin_entry)
public func entry() -> UnsafeRawPointer { export(CollaborativeFilteringPlugin.self) }

// SPDX-License-Identifier: Apache-2.0

import Neural
import RankingPluginKit

/// A model that reads the query and a product's text together.
final class PairModel: CandidateModel {
  private let ranker: PairRanker
  private let fields: [StringColumn]
  /// Of one pair, over all queries: it sizes the steps.
  private let cost = Cost()

  final class Cost { var pace = Pace() }

  init(_ directory: ModelDirectory, _ neural: NeuralDirectory, _ host: PluginHost) throws {
    ranker = try PairRanker(directory, runtime: try InferenceRuntime(neural))
    fields = try directory.description.fields.map { try host.strings($0) }
  }

  func prepare(
    _ query: PluginQuery,
    _ candidates: PluginCandidates
  ) throws -> any CandidateBatch {
    let texts = (0..<candidates.count).map { candidate in
      fields.compactMap { candidates[$0, candidate] }.joined(separator: " ")
    }
    return PairBatch(ranker: ranker, query: query.text, texts: texts, cost: cost)
  }
}

private struct PairBatch: CandidateBatch {
  let ranker: PairRanker
  let query: String
  let texts: [String]
  let cost: PairModel.Cost

  /// What fits half of the time left, so that steps shrink toward the deadline.
  func step(_ nanoseconds: Double) -> Int {
    let one = cost.pace.cost
    return one > 0 ? PairRanker.size(max(1, Int(min(1024, nanoseconds / 2 / one)))) : 1
  }

  func scores(_ range: Range<Int>) throws -> [Float] {
    let started = Pace.now
    let scores = try ranker.scores(query: query, texts: Array(texts[range]))
    cost.pace.note(range.count, since: started)
    return scores
  }
}

// SPDX-License-Identifier: Apache-2.0

import Neural
import RankingPluginKit

/// A model that scores products for the shopper; an unknown shopper's order is left as it is.
final class ShopperModel: CandidateModel {
  private let ranker: ShopperRanker

  init(_ directory: ModelDirectory, _ neural: NeuralDirectory) throws(NeuralError) {
    ranker = try ShopperRanker(directory, runtime: try InferenceRuntime(neural))
  }

  func prepare(
    _ query: PluginQuery,
    _ candidates: PluginCandidates
  ) throws -> any CandidateBatch {
    let shopper = query.shopper
    guard ranker.knows(shopper) else {
      return PresentOrder(scores: candidates.scores.map { Float($0) })
    }
    let items = (0..<candidates.count).map { candidates.identifier($0) }
    return ShopperBatch(ranker: ranker, shopper: shopper, items: items)
  }
}

private struct ShopperBatch: CandidateBatch {
  let ranker: ShopperRanker
  let shopper: String
  let items: [String?]

  func step(_ nanoseconds: Double) -> Int { ShopperRanker.batch }

  func scores(_ range: Range<Int>) throws -> [Float] {
    try ranker.scores(shopper: shopper, items: Array(items[range]))
  }
}

/// Candidates whose scores stay as they are.
private struct PresentOrder: CandidateBatch {
  let scores: [Float]

  func step(_ nanoseconds: Double) -> Int { max(1, scores.count) }
  func scores(_ range: Range<Int>) -> [Float] { Array(scores[range]) }
}

// SPDX-License-Identifier: Apache-2.0

extension PromotionPlan {
  /// The order of hits by score times factors, best first, ties as they came.
  ///
  /// - Parameters:
  ///   - scores: Scores, best first. If all are the same, as in a search of everything, all count as
  ///     1, so that factors alone decide. Factors are for scores of 0 or more: those of a model,
  ///     where some are below, are raised by as much as the least is.
  ///   - matches: Whether a hit, the second number, satisfies the filter of a boost, the first.
  /// - Returns: The new score of each hit, as indexed in `scores`, and the indices in order.
  /// - Complexity: O(*n* (*b* + log *n*)) for *n* hits and *b* boosts.
  public func boosted(
    _ scores: [Double],
    matches: (Int, Int) -> Bool
  ) -> (scores: [Double], order: [Int]) {
    guard !boosts.isEmpty else { return (scores, Array(scores.indices)) }
    let least = min(0, scores.min() ?? 0)
    let isFlat = scores.allSatisfy { $0 == scores.first }
    var scores = scores.map { isFlat ? 1 : $0 - least }
    for hit in scores.indices {
      for (index, boost) in boosts.enumerated() where matches(index, hit) {
        scores[hit] *= boost.factor
      }
    }
    let order = scores.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
    return (scores, order)
  }

  /// Whether a hit counts as promoted: it satisfies the filter of a boost above 1.
  ///
  /// `matches`: Whether it satisfies the filter of a boost.
  public func isPromoted(matches: (Int) -> Bool) -> Bool {
    boosts.indices.contains { boosts[$0].factor > 1 && matches($0) }
  }
}

// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CollaborativeFiltering

@Suite struct RankingMeasuresTests {
  @Test func recallIsTheShareOfAllRelevant() {
    #expect(RankingMeasures.recall([5, 1, 9], [1, 2, 9, 7], at: 3) == 0.5)
    #expect(RankingMeasures.recall([5, 1, 9], [1, 2, 9, 7], at: 2) == 0.25)
    #expect(RankingMeasures.recall([5], [], at: 3) == 0)
  }

  @Test func ndcgAgreesWithHandComputation() {
    // Hits at ranks 2 and 3 of 2 relevant: (1/log2 3 + 1/log2 4) / (1 + 1/log2 3).
    let expected = (0.6309297535714575 + 0.5) / (1 + 0.6309297535714575)
    #expect(abs(RankingMeasures.ndcg([5, 1, 9], [1, 9], at: 3) - expected) < 1e-12)
    // With 3 relevant and depth 1 the best is one hit.
    #expect(RankingMeasures.ndcg([1], [1, 2, 3], at: 1) == 1)
    #expect(RankingMeasures.ndcg([4], [1], at: 1) == 0)
  }

  @Test func giniAgreesWithHandComputation() {
    #expect(RankingMeasures.gini([3, 3, 3]) == 0)
    // One of four has everything: (n - 1) / n.
    #expect(RankingMeasures.gini([0, 8, 0, 0]) == 0.75)
    // 1, 3: sum of |differences| over 2 n^2 mean = 4 / 16.
    #expect(RankingMeasures.gini([1, 3]) == 0.25)
    #expect(RankingMeasures.gini([]) == 0)
  }
}

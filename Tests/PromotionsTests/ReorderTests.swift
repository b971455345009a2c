// SPDX-License-Identifier: Apache-2.0

import Promotions
import TestSupport
import Testing

struct ReorderTests {
  private let empty = PinLayout([], shown: [], preservesPositions: true)

  private func plan(boosts: [Boost] = [], caps: [Cap] = []) -> PromotionPlan {
    var plan = PromotionPlan()
    (plan.boosts, plan.caps) = (boosts, caps)
    return plan
  }

  @Test func factorsMultiplyAndTiesStay() {
    let plan = plan(boosts: [Boost(filter: "a", factor: 4), Boost(filter: "b", factor: 0.5)])
    let matches: [Set<Int>] = [[1, 3], [0, 3]]
    let (scores, order) = plan.boosted([8, 3, 4, 2]) { matches[$0].contains($1) }
    #expect(scores == [4, 12, 4, 4])
    #expect(order == [1, 0, 2, 3])
    #expect(plan.isPromoted { $0 == 0 })
    #expect(!plan.isPromoted { $0 == 1 })
  }

  @Test func inASearchOfEverythingFactorsAloneDecide() {
    let plan = plan(boosts: [Boost(filter: "a", factor: 4)])
    #expect(plan.boosted([0, 0, 0]) { $1 == 2 }.order == [2, 0, 1])
  }

  @Test func scoresBelowZeroAreRaised() {
    let plan = plan(boosts: [Boost(filter: "a", factor: 0.5), Boost(filter: "b", factor: 2)])
    let (scores, order) = plan.boosted([2, 1, -1, -2]) { $0 == 0 ? $1 == 0 : $1 == 2 }
    #expect(scores == [2, 3, 2, 0])
    #expect(order == [1, 0, 2, 3])
    #expect(plan.boosted([-3, -3]) { $0 == 1 && $1 == 1 }.order == [1, 0])
  }

  @Test func aCapMovesHitsBehindItsWindow() {
    let plan = plan(caps: [Cap(filter: "x", most: 1, within: 3)])
    let order = plan.capped(6, layout: empty, counts: { $1 < 3 }, countsPin: { _, _ in false })
    #expect(order == [0, 3, 4, 1, 2, 5])
    let all = plan.capped(3, layout: empty, counts: { _, _ in true }, countsPin: { _, _ in false })
    #expect(all == [0, 1, 2])
  }

  @Test func pinsUseCapsUpAndTakePlaces() {
    let plan = plan(caps: [Cap(most: 1, within: 3)])
    let layout = PinLayout(
      [Pin(id: "p", position: 2)],
      shown: ["p"],
      preservesPositions: true
    )
    let order = plan.capped(4, layout: layout, counts: { $1 == 0 }, countsPin: { _, _ in true })
    #expect(order == [1, 2, 0, 3])
  }

  @Test func noCapIsExceededWhereItNeedNotBe() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededRandom(seed: seed)
    for _ in 0..<1_000 {
      let count = Int.random(in: 0...40, using: &random)
      let kinds = (0..<count).map { _ in Int.random(in: 0..<3, using: &random) }
      let cap = Cap(
        filter: "x",
        most: Int.random(in: 0...4, using: &random),
        within: Int.random(in: 1...20, using: &random)
      )
      let order = plan(caps: [cap]).capped(
        count,
        layout: empty,
        counts: { kinds[$1] == 0 },
        countsPin: { _, _ in false }
      )
      #expect(order.sorted() == Array(0..<count), "seed \(seed)")
      let others = kinds.count { $0 != 0 }
      let inside = order.prefix(cap.within).count { kinds[$0] == 0 }
      let forced = min(cap.within, count) - others
      #expect(inside <= max(cap.most, forced), "seed \(seed)")
      for kind in [true, false] {
        let kept = order.filter { (kinds[$0] == 0) == kind }
        #expect(kept == kept.sorted(), "seed \(seed)")
      }
    }
  }

  @Test func spreadingTakesTheDefinition() {
    let groups = [0, 0, 0, 1, 2]
    let scores = [1.0, 0.9, 0.8, 0.7, 0.1]
    let order = Diversity.order(scores, lambda: 0.5) { groups[$0] == groups[$1] ? 1 : 0 }
    #expect(order == [0, 3, 4, 1, 2])
    #expect(Diversity.order(scores, lambda: 1) { _, _ in 1 } == [0, 1, 2, 3, 4])
    let long = [Double](repeating: 1, count: 300)
    #expect(Diversity.order(long, lambda: 0.5) { _, _ in 0 } == Array(0..<300))
    #expect(Diversity.jaccard([1, 2], [2, 3]) == 1.0 / 3)
    let metrics = [
      SimilarityMetric(field: "a", method: .jaccard, weight: 3),
      SimilarityMetric(field: "b", method: .equality, weight: 1),
    ]
    #expect(Diversity.similarity(metrics) { $0.field == "a" ? 1 : 0 } == 0.75)
  }
}

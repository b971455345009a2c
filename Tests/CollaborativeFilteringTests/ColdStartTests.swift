// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CollaborativeFiltering

/// What is done where a filter knows little.
@Suite struct ColdStartTests {
  @Test func anEstimateLiesBetweenItsKindsAndAll() {
    var backoff = ContentBackoff()
    #expect(backoff.estimate(kinds: ["brand:a"]) == 0)
    for _ in 0..<300 { backoff.add(score: 4, kinds: ["brand:a", "category:x"]) }
    for _ in 0..<300 { backoff.add(score: 0, kinds: ["brand:b", "category:x"]) }
    backoff.add(score: .nan, kinds: ["brand:c"])
    let (good, bad) = (backoff.estimate(kinds: ["brand:a"]), backoff.estimate(kinds: ["brand:b"]))
    #expect(good > 3.9 && good < 4 && bad < 0.1 && bad >= 0)
    #expect(backoff.estimate(kinds: ["brand:c"]) == 2)
    #expect(abs(backoff.estimate(kinds: ["category:x"]) - 2) < 1e-9)
    // One item of a kind says little.
    backoff.add(score: 100, kinds: ["brand:d"])
    #expect(backoff.estimate(kinds: ["brand:d"]) < 40)
  }

  @Test func recommendationsSumWhatTheHistorySaysAndTellTheGreatestPart() throws {
    var builder = InteractionsBuilder()
    for user in 0..<40 {
      for item in user % 2 == 0 ? ["a", "b", "c"] : ["d", "e"] {
        builder.add(user: "u\(user)", item: item)
      }
    }
    for item in ["a", "e"] { builder.add(user: "both", item: item) }
    let model = try withModelPath { path in
      try FilterTrainer(builder.finish(), options: UpdateTests.counting()).train(to: path)
      return try FilterModel(path: path)
    }
    let live = LiveFilter(FilterUpdates(to: model))
    let found = live.recommend(10, history: [("a", 1), ("d", 0.5), ("unknown", 9)])
    #expect(found.map(\.name) == ["b", "c", "e"])
    // Twenty users have a and b, of e twenty have d, which counts half, and one a.
    #expect(found.map(\.because) == [0, 0, 1])
    #expect(abs(found[0].score - 20) < 0.01 && abs(found[2].score - 11) < 0.01)
    #expect(live.recommend(1, history: [("a", 1)]).count == 1)
    #expect(live.recommend(10, history: [("unknown", 1)]).isEmpty)
    // What events have added since counts, and new items are found.
    for _ in 0..<30 { live.observe("new", past: ["a"]) }
    #expect(live.recommend(1, history: [("a", 1)])[0].name == "new")
    #expect(live.updatedItems == 1 && live.knows("new") && !live.knows("unknown"))
  }

  /// Shoppers stay with a kind: what kinds tell of new products must be found, and one item must tell
  /// more of a new shopper than popularity does.
  @Test func newProductsAndShoppersAreServedBetterThanByPopularity() throws {
    var random = SplitMix64(seed: 4)
    var builder = InteractionsBuilder()
    var kinds: [String: [String]] = [:]
    for item in 0..<300 { kinds["i\(item)"] = ["kind:\(item % 10)"] }
    for user in 0..<800 {
      for _ in 0..<8 {
        let item = 10 * Int.random(in: 0..<30, using: &random) + user % 10
        builder.add(user: "u\(user)", item: "i\(item)")
      }
    }
    let split = ColdSplit(builder.finish(), seed: 1)
    #expect(split.training.items.allSatisfy { !split.coldItems.contains($0) })
    #expect(!split.coldItems.isEmpty && !split.coldShoppers.isEmpty)
    let users = Set(split.training.users)
    #expect(split.coldShoppers.allSatisfy { !users.contains($0.name) })
    let model = try withModelPath { path in
      try FilterTrainer(split.training, options: UpdateTests.counting()).train(to: path)
      return try FilterModel(path: path)
    }
    let result = ColdStartEvaluation(model, split: split, kinds: kinds, history: 1, depth: 5)
    #expect(result.items.cases > 100 && result.shoppers.cases > 40)
    #expect(result.items.ndcg > 0.5 && result.items.ndcg > 2 * result.itemsByPopularity.ndcg)
    #expect(result.shoppers.ndcg > 3 * result.shoppersByPopularity.ndcg)
    // Of whom nothing is told, popularity is all that is known.
    let nothing = ColdStartEvaluation(model, split: split, kinds: kinds, history: 0, depth: 5)
    #expect(nothing.shoppers.ndcg == nothing.shoppersByPopularity.ndcg)
  }
}

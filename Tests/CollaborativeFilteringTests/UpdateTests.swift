// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CollaborativeFiltering

/// Additions of events after a training.
@Suite struct UpdateTests {
  /// A filter that counts users in common, which is exact without scaling.
  static func counting() -> TrainingOptions {
    var options = TrainingOptions()
    options.neighbours = 1000
    var settings = FilterSettings()
    settings.historyExponent = 0
    settings.userExponent = 0
    settings.candidateExponent = 0
    settings.rank = 0
    options.settings = settings
    return options
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func updatesCountAsTrainingOnAllWould(seed: UInt64) throws
  {
    var random = SplitMix64(seed: seed)
    let all = someInteractions(users: 40, items: 30, perUser: 6, seed: seed)
    var early = InteractionsBuilder()
    var late: [(user: String, item: String)] = []
    for user in 0..<all.matrix.rows {
      for item in all.matrix[user] {
        let pair = (all.users[user], all.items[Int(item)])
        if Int.random(in: 0..<3, using: &random) > 0 {
          early.add(user: pair.0, item: pair.1)
        } else {
          late.append(pair)
        }
      }
    }
    late.shuffle(using: &random)
    let known = early.finish()
    let (model, full) = try withModelPath { path in
      try FilterTrainer(known, options: Self.counting()).train(to: path)
      try FilterTrainer(all, options: Self.counting()).train(to: path + "2")
      return (try FilterModel(path: path), try FilterModel(path: path + "2"))
    }
    var histories: [String: [String]] = [:]
    for (row, user) in known.users.enumerated() {
      histories[user] = known.matrix[row].map { known.items[Int($0)] }
    }
    let live = LiveFilter(FilterUpdates(to: model, neighbours: 1000))
    for (user, item) in late {
      live.observe(item, past: histories[user] ?? [])
      histories[user, default: []].append(item)
    }
    var (scorer, fullScorer) = (FilterScorer(model), FilterScorer(full))
    for (row, user) in all.users.enumerated() {
      let shopper = live.shopper((histories[user] ?? []).map { ($0, 1) })
      let numbers = all.items.map { live.number(of: $0) ?? .max }
      #expect(!numbers.contains(.max))
      let scores = shopper.scores(of: numbers, scorer: &scorer)
      let expected = fullScorer.scores(
        of: all.items.compactMap { full.number(of: $0) },
        history: all.matrix[row].compactMap { full.number(of: all.items[Int($0)]) }
          .map { HistoryItem($0) }
      )
      for (item, (one, other)) in zip(scores, expected).enumerated() {
        // Popularity is the training's, a fraction of a count.
        #expect(abs(one - other) < 0.5, "seed \(seed) user \(user) item \(item)")
      }
    }
  }

  @Test func oneEventAddsItsTermAndNewProductsAreFound() throws {
    var options = Self.counting()
    options.settings?.userExponent = 1
    options.settings?.historyExponent = 0.5
    let interactions = someInteractions(users: 40, items: 30, perUser: 6, seed: 7)
    let model = try withModelPath { path in
      try FilterTrainer(interactions, options: options).train(to: path)
      return try FilterModel(path: path)
    }
    var updates = FilterUpdates(to: model)
    let number = updates.observe("new", past: ["i3"])
    #expect(Int(number) == model.count && updates.name(of: number) == "new")
    #expect(updates.number(of: "new") == number && updates.popularity(of: number) == 1)
    let old = try #require(model.number(of: "i3"))
    let expected = 0.5 / Float(model.popularity[Int(old)]).squareRoot()
    let additions = updates.additions(for: [HistoryItem(old, weight: 2)])
    #expect(additions.map(\.item) == [number])
    #expect(abs(additions[0].weight - 2 * expected) < 1e-6)
    #expect(updates.additions(for: [HistoryItem(number)]).map(\.item) == [old])
    let live = LiveFilter(updates)
    var scorer = FilterScorer(model)
    let scores = live.shopper([("i3", 1)]).scores(of: [number, .max], scorer: &scorer)
    #expect(abs(scores[0] - expected) < 1e-6 && scores[1] == 0)
  }

  @Test func rowsKeepTheirStrongestAdditions() throws {
    let interactions = someInteractions(users: 20, items: 10, perUser: 4, seed: 8)
    let model = try withModelPath { path in
      try FilterTrainer(interactions, options: Self.counting()).train(to: path)
      return try FilterModel(path: path)
    }
    var updates = FilterUpdates(to: model, neighbours: 3)
    for other in ["a", "b", "b", "c", "d"] { updates.observe(other, past: ["hub"]) }
    let hub = try #require(updates.number(of: "hub"))
    let kept = updates.additions(for: [HistoryItem(hub)])
    #expect(kept.count == 3)
    #expect(kept.contains { updates.name(of: $0.item) == "b" && $0.weight == 2 })
    #expect(kept.contains { updates.name(of: $0.item) == "d" })
  }
}

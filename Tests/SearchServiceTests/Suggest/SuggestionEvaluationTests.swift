// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SearchService

/// Held-out queries are foreseen as they can be, and the baseline is what it says.
struct SuggestionEvaluationTests {
  private func evaluate(
    learning: [LoggedQuery],
    judging: [LoggedQuery]
  ) throws -> [SuggestionEvaluation.Figure] {
    try withTemporaryDirectory { directory in
      let evaluation = try SuggestionEvaluation(directory: directory, leastShoppers: 1)
      for query in learning { try evaluation.learn(query) }
      for query in judging { try evaluation.judge(query) }
      return evaluation.results
    }
  }

  private func query(_ shopper: String, _ text: String, hour: Int) -> LoggedQuery {
    LoggedQuery(shopper: shopper, time: Int64(hour) * 3_600_000, text: text)
  }

  @Test func ranksAreReciprocal() throws {
    var log: [LoggedQuery] = []
    for (text, count) in [("tea", 4), ("tent", 3), ("tent pegs", 2), ("stove", 5)] {
      for number in 0..<count {
        log.append(query("\(text) \(number)", text, hour: 1000 + number))
      }
    }
    let figures = try evaluate(learning: log, judging: [query("", "Tent", hour: 1010)])
    #expect(figures.map(\.queries) == [1, 1, 1, 0, 0])
    #expect(figures.map(\.ours) == [0.5, 0.5, 1, 0, 0])
    #expect(figures.map(\.baseline) == [0.5, 0.5, 1, 0, 0])
  }

  @Test func queriesAreLearntOnceJudged() throws {
    let log = (0..<3).map { query("ann", "stove", hour: 1000 + $0) }
    let held = [query("bob", "tent", hour: 1010), query("bob", "tent", hour: 1011)]
    let figures = try evaluate(learning: log, judging: held)
    #expect(figures[0].ours == 0.5)
    #expect(figures[0].baseline == 0.5)
  }

  @Test func alikeTextsAreTheSameForBoth() throws {
    let log = (0..<3).map { query("s\($0)", "wi fi routers", hour: 1000 + $0) }
    let figures = try evaluate(learning: log, judging: [query("", "wi fi router", hour: 1010)])
    #expect(figures[2].ours == 1)
    #expect(figures[2].baseline == 1)
  }

  /// Shoppers with habits of their own, and a taste that moves on: neither is seen by counting alone.
  @Test func habitsAndFashionsBeatPopularity() throws {
    var random = SeededRandom(seed: 11)
    let words = [
      "tea", "tent", "table", "toaster", "torch", "towel", "trowel", "tyre", "tray", "top",
    ]
    let texts = words.flatMap { word in ["", " red", " blue", " small", " steel"].map { word + $0 }
    }
    var log: [LoggedQuery] = []
    for hour in 1000..<2500 {
      let shopper = Int.random(in: 0..<60, using: &random)
      let habit = texts[shopper % texts.count]
      let fashion = texts[(hour / 150 + Int.random(in: 0..<3, using: &random)) % texts.count]
      let text = Bool.random(using: &random) ? habit : fashion
      log.append(query("s\(shopper)", text, hour: hour))
    }
    let figures = try evaluate(learning: Array(log[..<1200]), judging: Array(log[1200...]))
    for figure in figures where figure.queries > 0 {
      #expect(figure.ours > figure.baseline + 0.02, "seed 11, \(figure)")
    }
  }
}

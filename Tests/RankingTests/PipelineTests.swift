// SPDX-License-Identifier: Apache-2.0

import JSON
import Ranking
import TestSupport
import Testing

/// A stage that does what it is told.
private struct ScriptedStage: StageRunner {
  var needs = StageNeeds()
  var version: String { "1" }
  var generation: Int { 1 }
  func reason(_ code: UInt32) -> String? { code == 1 ? "first" : nil }
  let body: @Sendable (StageInput) -> StageOutput
  func run(_ input: StageInput) -> StageOutput { body(input) }
}

private struct NoFeatures: FeatureSource {
  func identifiers(of keys: [UInt64]) -> TextColumn { TextColumn() }
  func column(_ request: FeatureRequest, of keys: [UInt64]) -> FeatureColumn? { nil }
}

@Suite("The pipeline")
struct PipelineTests {
  private func run(
    _ scores: [Double],
    explain: Bool = false,
    windows: [Int] = [],
    _ stages: (@Sendable (StageInput) -> StageOutput)...
  ) -> RankingOutcome {
    let profile = RankingProfile(
      name: "test",
      stages: stages.indices.map { index in
        var stage = RankingStage(plugin: "p\(index)")
        if index < windows.count { stage.window = windows[index] }
        return stage
      }
    )
    return RankingPipeline(profile: profile, runners: stages.map { ScriptedStage(body: $0) }).run(
      RankingCandidates(keys: scores.indices.map { UInt64($0) }, scores: scores),
      context: RankingContext(text: ""),
      features: NoFeatures(),
      explain: explain
    )
  }

  private static func output(
    _ scores: [Double],
    drops: [Int] = [],
    pins: [Int: UInt32] = [:]
  ) -> StageOutput {
    var output = StageOutput(status: .ok)
    output.scores = scores
    output.drops = scores.indices.map { drops.contains($0) }
    output.pins = scores.indices.map { pins[$0] ?? 0 }
    output.reasons = scores.indices.map { _ in 1 }
    return output
  }

  @Test("A head scored on another scale stays ahead, also in the next stage")
  func scales() {
    let outcome = run(
      [20, 19, 18, 17],
      windows: [2, 4],
      { _ in Self.output([0.1, 0.9]) },
      { input in Self.output(input.order.map { input.scores[$0] }) }
    )
    #expect(outcome.order == [1, 0, 2, 3])
    #expect(
      zip(outcome.order, outcome.order.dropFirst()).allSatisfy {
        outcome.scores[$0] >= outcome.scores[$1]
      }
    )
  }

  @Test("Pins keep their places when others are dropped; the first to ask wins")
  func pins() {
    let outcome = run(
      [5, 4, 3, 2, 1],
      { _ in Self.output([5, 4, 3, 2, 1], drops: [0], pins: [4: 1, 3: 1, 0: 2]) },
      { input in Self.output(input.order.map { input.scores[$0] }, pins: [1: 4, 3: 2]) }
    )
    // The first stage's order is 1 2 3 4, so the second pins 2 to place 4; 4 has its pin already.
    #expect(outcome.order == [3, 4, 1, 2])
  }

  @Test("Any outputs keep the candidates, each once")
  func permutation() {
    for seed in 1...300 {
      var random = SeededRandom(seed: UInt64(seed))
      let count = Int.random(in: 0...40, using: &random)
      let dropped = Set((0..<3).map { _ in Int.random(in: 0...50, using: &random) })
      let pinned = (0..<4).map { _ in
        (Int.random(in: 0...50, using: &random), UInt32.random(in: 0...60, using: &random))
      }
      let scores = (0..<50).map { _ in Double.random(in: -5...5, using: &random).rounded() }
      let taken = Int.random(in: 0...60, using: &random)
      let outcome = run(
        (0..<count).map { Double(count - $0) },
        explain: true,
        { input in
          let many = min(taken, input.order.count)
          return Self.output(
            Array(scores.prefix(many)),
            drops: Array(dropped),
            pins: Dictionary(pinned) { first, _ in first }
          )
        }
      )
      let expected = (0..<count).filter { $0 >= min(taken, 50) || !dropped.contains($0) }
      #expect(outcome.order.sorted() == expected, "seed \(seed)")
    }
  }

  @Test("Weights move scores part of the way")
  func weights() {
    var stage = RankingStage(plugin: "p")
    stage.weight = 0.25
    let outcome = RankingPipeline(
      profile: RankingProfile(name: "test", stages: [stage]),
      runners: [ScriptedStage { _ in Self.output([0, 100]) }]
    ).run(
      RankingCandidates(keys: [1, 2], scores: [8, 4]),
      context: RankingContext(text: ""),
      features: NoFeatures(),
      explain: true
    )
    #expect(outcome.scores == [6, 28])
    #expect(outcome.order == [1, 0])
    #expect(outcome.explanations[1].first?.rank == 1)
    #expect(outcome.explanations[1].first?.reason == "first")
  }
}

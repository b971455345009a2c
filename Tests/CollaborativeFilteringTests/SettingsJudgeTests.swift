// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CollaborativeFiltering

/// The judge of settings against rows of the filter that are summed one by one.
@Suite struct SettingsJudgeTests {
  private static func scores(
    _ graph: TrainingGraph,
    _ settings: FilterSettings,
    _ factors: SpectralFactors,
    of user: Int
  ) -> [Float] {
    let rows = FilterRows(graph, settings, factors: factors)
    // A row's weight of the item for itself plays no part: the history is not ranked.
    let block = DenseMatrix(rows: rows.width, width: rows.width)
    rows.write(Array(0..<rows.width), to: block)
    return (0..<rows.width).map { item in
      graph.users[user].contains(UInt32(item))
        ? -.infinity : graph.users[user].reduce(0) { $0 + block[Int($1)][item] }
    }
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func figuresAreThoseOfTheRows(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let matrix = someInteractions(users: 50, items: 60, perUser: 9, seed: seed).matrix
    let split = ValidationSplit(matrix, limit: 30, seed: seed)
    let judge = SettingsJudge(split, threads: 2, seed: seed)
    let first = FilterTests.settings(&random)
    let factors = try FilterTests.factors(judge.graph, first)
    let trials = (0..<6).map { _ in
      var trial = first
      let other = FilterTests.settings(&random)
      if Bool.random(using: &random) { trial.historyExponent = other.historyExponent }
      if Bool.random(using: &random) { trial.userExponent = other.userExponent }
      trial.candidateExponent = other.candidateExponent
      trial.spectralShare = other.spectralShare
      return trial
    }
    for (trial, figure) in zip(trials, judge.judge(trials, factors: factors)) {
      let expected = split.users.reduce(0.0) { sum, user in
        let list = TopItems.of(Self.scores(judge.graph, trial, factors, of: user), count: 20)
        let held = Set(split.held[user])
        return sum + RankingMeasures.recall(list, held, at: 20)
          + RankingMeasures.ndcg(list, held, at: 20)
      }
      // Rounding may exchange neighbours in a list.
      #expect(abs(figure - expected / Double(split.users.count)) < 0.01, "seed \(seed)")
    }
  }

  @Test func negativesAreRankedWhereTheGoalSaysSo() throws {
    let matrix = someInteractions(users: 200, items: 150, perUser: 9, seed: 4).matrix
    func figure(_ count: Int) -> Double {
      let split = ValidationSplit(matrix, goal: .negatives(count), limit: 200, seed: 4)
      #expect(split.users.allSatisfy { split.held[$0].count == 1 })
      return SettingsJudge(split, threads: 2, seed: 4)
        .judge([FilterSettings().limited(to: 0)], factors: nil)[0]
    }
    // Among ten and fewer each is a hit; more of them leave less.
    #expect(figure(3) > 1.4 && figure(3) <= 2)
    #expect(figure(30) < figure(3) && figure(100) < figure(30) && figure(100) > 0)
  }

  @Test func someUsersAreFewFoldsAreMore() {
    let matrix = someInteractions(users: 60, items: 50, perUser: 8, seed: 3).matrix
    var options = TrainingOptions()
    let folds = ValidationFolds(matrix, options)
    #expect(folds.count > 1 && folds.users > 20)
    options.validationUsers = 20
    #expect(ValidationFolds(matrix, options).count == 1)
    let trial = FilterSettings().limited(to: 0)
    #expect(folds.judge([trial, trial], factors: nil).count == 2)
  }
}

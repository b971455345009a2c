// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CollaborativeFiltering

@Suite struct EvaluationTests {
  static func interactions(_ lines: String) -> Interactions {
    var builder = InteractionsBuilder()
    for line in lines.utf8.split(separator: 0x0A) {
      Array(line).withUnsafeBufferPointer { builder.add(line: $0) }
    }
    return builder.finish()
  }

  @Test func linesMayRepeatAndHaveAnyBlanks() {
    let read = Self.interactions("u1 a b a\r\n\n u2\tc  a\nu1 c\nu3")
    #expect(read.users == ["u1", "u2", "u3"] && read.items == ["a", "b", "c"])
    #expect(Array(read.matrix[0]) == [0, 1, 2] && Array(read.matrix[1]) == [0, 2])
    #expect(read.matrix[2].isEmpty && read.popularity == [2, 1, 2])
  }

  @Test func heldOutFiguresAgreeWithHandComputation() throws {
    // a and b go together, c and d do; e is taken once.
    let training = Self.interactions("1 a b\n2 a b\n3 c d\n4 c d\n5 a\n6 c\n7 c e")
    let test = Self.interactions("5 b\n6 e unknown\n8 c")
    var options = UpdateTests.counting()
    options.neighbours = 3
    let model = try withModelPath { path in
      try FilterTrainer(training, options: options).train(to: path)
      return try FilterModel(path: path)
    }
    let result = HeldOutEvaluation(model, training: training, test: test, depth: 1)
    // 5 gets b, a hit; 6 gets d, a miss of two; 8 is unknown and gets the popular c, a hit.
    #expect(result.users == 3)
    #expect(abs(result.recall - 2 / 3.0) < 1e-12)
    #expect(abs(result.ndcg - 2 / 3.0) < 1e-12)
    #expect(abs(result.coverage - 3 / 5.0) < 1e-12)
    // Shown 0, 0, 1, 1, 1 times, with the weights -4, -2, 0, 2, 4, over 5 items and 3 in all.
    #expect(abs(result.gini - 6 / 15.0) < 1e-12)
    let two = HeldOutEvaluation(model, training: training, test: test, depth: 2)
    // 6 gets d, e: rank 2 of 2 relevant.
    let second = 1 / log2(3.0)
    #expect(abs(two.recall - (1 + 0.5 + 1) / 3) < 1e-12)
    #expect(abs(two.ndcg - (1 + second / (1 + second) + 1) / 3) < 1e-12)
  }

  @Test func leaveOneOutAgreesWithHandComputation() throws {
    let training = Self.interactions("1 a b\n2 a b\n3 c d\n4 c d\n5 a\n6 c\n7 c e")
    var options = UpdateTests.counting()
    options.neighbours = 3
    let model = try withModelPath { path in
      try FilterTrainer(training, options: options).train(to: path)
      return try FilterModel(path: path)
    }
    let cases = ["(5,b)\tc\td\te", "(6, e)\td\tb", "(5,unknown)\tc\td"].compactMap {
      LeaveOneOutCase(line: $0)
    }
    #expect(cases.count == 3 && cases[1].item == "e")
    let result = LeaveOneOutEvaluation(model, training: training, cases: cases, depth: 2)
    // Ranks 1, 2 and 3.
    #expect(abs(result.hitRate - 2 / 3.0) < 1e-12)
    #expect(abs(result.ndcg - (1 + 1 / log2(3.0)) / 3) < 1e-12)
    #expect(RankingMeasures.rank(ofFirst: [1, 1, 1, 1, 2]) == 4)
    let one = try #require(LeaveOneOutCase(line: " ('5', \"b\")  c d\tb c\r"))
    #expect(one.user == "5" && one.item == "b" && one.negatives == ["c", "d"])
    #expect(LeaveOneOutCase(line: "(5,b)")?.negatives == [])
    for bad in ["", "5,b\tc", "(5)\tc", "(5,b,c)\td", "(5,b", "(5,b)c", "(,b)\tc"] {
      #expect(LeaveOneOutCase(line: bad) == nil)
    }
  }

  @Test func validationHoldsOutATenth() {
    let matrix = someInteractions(users: 60, items: 50, perUser: 8, seed: 3).matrix
    let split = ValidationSplit(matrix, limit: 20, seed: 1)
    for user in 0..<matrix.rows {
      let (kept, held) = (Set(split.training[user]), Set(split.held[user]))
      #expect(kept.isDisjoint(with: held) && kept.union(held) == Set(matrix[user]))
      let count = matrix[user].count
      #expect(held.count == (count < 3 ? 0 : max(1, Int((Double(count) / 10).rounded()))))
    }
    #expect(split.users.count == 20 && split.users == split.users.sorted())
    #expect(split.users.allSatisfy { !split.held[$0].isEmpty })
  }
}

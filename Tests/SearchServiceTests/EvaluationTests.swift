// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import SearchService

@Suite struct EvaluationTests {
  /// Against all signs tried one by one, without Gray code.
  @Test func theExactTestCountsAllSigns() {
    let seed = UInt64.random(in: 0...(.max))
    var generator = SeededRandom(seed: seed)
    for count in [0, 1, 2, 3, 7, 12] {
      // Tenths make sums that rounding in another order could tell apart.
      let differences = (0..<count).map { _ in
        Double(Int.random(in: -3...3, using: &generator)) / 10
      }
      let first = (0..<count).map { _ in Double.random(in: 0...1, using: &generator) }
      let zeroes = [Double](repeating: 0, count: count)
      let comparison = PairedComparison(first: zeroes, second: differences, seed: 1)
      let observed = abs(differences.reduce(0, +)) - 1e-9
      let reached = (0..<(1 << count)).count { signs in
        let sum = differences.enumerated().reduce(0) {
          $0 + (signs >> $1.offset & 1 == 0 ? $1.element : -$1.element)
        }
        return abs(sum) >= observed
      }
      #expect(comparison.isExact)
      #expect(abs(comparison.p - Double(reached) / Double(1 << count)) < 1e-12, "seed \(seed)")
      #expect(comparison.wins == differences.count { $0 > 0 })
      #expect(comparison.losses == differences.count { $0 < 0 })
      #expect(PairedComparison(first: first, second: first, seed: 1).p == 1)
    }
  }

  /// The sampled test and the interval agree with the normal approximation, which they must come near
  /// to for many queries.
  @Test func theSampledTestComesNearTheNormalOne() {
    let seed = UInt64.random(in: 0...(.max))
    var generator = SeededRandom(seed: seed)
    let first = (0..<120).map { _ in Double.random(in: 0...1, using: &generator) }
    let second = first.map { $0 + 0.02 + Double.random(in: -0.25...0.25, using: &generator) }
    let comparison = PairedComparison(first: first, second: second, seed: 7)
    #expect(!comparison.isExact)
    let differences = zip(first, second).map { $1 - $0 }
    let count = Double(differences.count)
    let mean = differences.reduce(0, +) / count
    let variance = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    let error = (variance / count).squareRoot()
    // Under the hypothesis the mean is 0: its deviation is that of the raw values.
    let free = (differences.reduce(0) { $0 + $1 * $1 } / count / count).squareRoot()
    let normal = erfc(abs(mean) / free / 2.0.squareRoot())
    #expect(abs(comparison.p - normal) < 0.02, "seed \(seed): \(comparison.p), \(normal)")
    #expect(abs(comparison.interval.lowerBound - (mean - 1.96 * error)) < error / 4, "seed \(seed)")
    #expect(abs(comparison.interval.upperBound - (mean + 1.96 * error)) < error / 4, "seed \(seed)")
    #expect(comparison == PairedComparison(first: first, second: second, seed: 7))
  }

  @Test func foldsFollowFromTheQuery() {
    // int(hashlib.sha256(q.encode()).hexdigest()[:16], 16) % 5
    #expect(QueryFolds(5).fold(of: "laptop") == 0)
    #expect(QueryFolds(5).fold(of: "蓝牙耳机") == 3)
    #expect(QueryFolds(0).fold(of: "laptop") == 0)
    let counts = (0..<1000).reduce(into: [Int: Int]()) {
      $0[QueryFolds(5).fold(of: "query \($1)"), default: 0] += 1
    }
    #expect(counts.keys.sorted() == Array(0..<5))
    #expect(counts.values.allSatisfy { (150...250).contains($0) })
  }

  @Test func gradesStayWithinWhatCanBeAddedUp() throws {
    try withTemporaryDirectory { directory throws in
      let path = directory + "/judgments.tsv"
      try "query\tid\tgrade\nlamp\t1\t30\nlamp\t2\t0\n".write(
        toFile: path,
        atomically: true,
        encoding: .utf8
      )
      #expect(try Judgments(path: path).graded.map(\.grades) == [["1": 30, "2": 0]])
      for grade in ["31", "-1", "1024"] {
        try "lamp\t1\t\(grade)\n".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(throws: JudgmentsError.self, "\(grade)") { try Judgments(path: path) }
      }
    }
  }
}

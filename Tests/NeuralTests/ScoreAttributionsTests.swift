// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Neural

@Suite struct ScoreAttributionsTests {
  private static let width = 5

  private static func rows(_ count: Int, _ random: inout SeededRandom) -> [Float] {
    (0..<count * width).map { _ in Float.random(in: -2...2, using: &random) }
  }

  private static func scores(_ rows: [Float], _ model: (ArraySlice<Float>) -> Float) -> [Float] {
    stride(from: 0, to: rows.count, by: width).map { model(rows[$0..<$0 + width]) }
  }

  /// The Shapley values by their definition, over all orders.
  private static func exact(
    _ row: [Float],
    _ mean: [Float],
    _ model: (ArraySlice<Float>) -> Float
  ) -> [Double] {
    var sums = [Double](repeating: 0, count: width)
    var count = 0.0
    func permute(_ order: [Int], _ rest: [Int]) {
      guard !rest.isEmpty else {
        var known = mean
        for feature in order {
          let before = model(known[...])
          known[feature] = row[feature]
          sums[feature] += Double(model(known[...]) - before)
        }
        count += 1
        return
      }
      for next in rest { permute(order + [next], rest.filter { $0 != next }) }
    }
    permute([], Array(0..<width))
    return sums.map { $0 / count }
  }

  @Test func ofALinearModelTheyAreExact() {
    let seed = UInt64.random(in: 0...(.max))
    var random = SeededRandom(seed: seed)
    let rows = Self.rows(30, &random)
    let weights = (0..<Self.width).map { _ in Float.random(in: -1...1, using: &random) }
    func model(_ row: ArraySlice<Float>) -> Float {
      zip(weights, row).reduce(0.5) { $0 + $1.0 * $1.1 }
    }
    let linear = ScoreAttributions(
      linear: weights,
      rows: rows,
      candidates: [4, 0],
      score: { Self.scores($0, model) }
    )
    let sampled = ScoreAttributions(
      width: Self.width,
      rows: rows,
      candidates: [4, 0],
      isOver: { false },
      score: { Self.scores($0, model) }
    )
    #expect(linear.samples == 0)
    #expect(abs(linear.baseline - sampled.baseline) < 1e-5)
    for (candidate, parts) in zip([4, 0], zip(linear.values, sampled.values)) {
      let row = rows[(candidate * Self.width)..<((candidate + 1) * Self.width)]
      let sum = parts.0.reduce(linear.baseline, +)
      #expect(abs(sum - Double(model(row))) < 1e-5, "seed \(seed)")
      for (one, other) in zip(parts.0, parts.1) { #expect(abs(one - other) < 1e-5, "seed \(seed)") }
    }
  }

  @Test func ofAnyModelTheyComeNearTheShapleyValues() {
    let seed = UInt64.random(in: 0...(.max))
    var random = SeededRandom(seed: seed)
    let rows = Self.rows(20, &random)
    func model(_ row: ArraySlice<Float>) -> Float {
      let x = Array(row)
      return max(0, x[0] * x[1] - x[2]) + (x[3] > 0 ? 2 : 0) + 0.1 * x[4]
    }
    let found = ScoreAttributions(
      width: Self.width,
      rows: rows,
      candidates: Array(0..<20),
      isOver: { false },
      score: { Self.scores($0, model) }
    )
    #expect(found.samples == 2 * ScoreAttributions.orderLimit)
    let mean = (0..<Self.width).map { feature in
      Float((0..<20).reduce(0.0) { $0 + Double(rows[$1 * Self.width + feature]) } / 20)
    }
    for candidate in 0..<20 {
      let row = rows[(candidate * Self.width)..<((candidate + 1) * Self.width)]
      let parts = found.values[candidate]
      // The parts add up whatever the orders were.
      #expect(abs(parts.reduce(found.baseline, +) - Double(model(row))) < 1e-4, "seed \(seed)")
      for (one, other) in zip(parts, Self.exact(Array(row), mean, model)) {
        #expect(abs(one - other) < 0.25, "seed \(seed)")
      }
    }
  }

  /// Whenever time runs out, whole orders of a head of the candidates are there, and add up.
  @Test func timeMayRunOutAnywhere() {
    var random = SeededRandom(seed: 3)
    let rows = Self.rows(6, &random)
    func model(_ row: ArraySlice<Float>) -> Float { row.reduce(1) { $0 * ($1 + 0.5) } }
    for runs in 0..<40 {
      var asked = 0
      let found = ScoreAttributions(
        width: Self.width,
        rows: rows,
        candidates: Array(0..<6),
        isOver: {
          asked += 1
          return asked > runs
        },
        score: { Self.scores($0, model) }
      )
      #expect(found.values.count >= 1 && found.values.count <= 6)
      #expect(found.samples >= 1)
      for (candidate, parts) in found.values.enumerated() {
        let row = rows[(candidate * Self.width)..<((candidate + 1) * Self.width)]
        #expect(abs(parts.reduce(found.baseline, +) - Double(model(row))) < 1e-3)
      }
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import Neural
import TestSupport
import Testing

@Suite struct FeatureAssemblyTests {
  /// The transforms once more, candidate by candidate, in the words of Models.md.
  private func plain(_ values: [Double], _ transform: String, _ candidate: Int) -> Double {
    let present = values.filter { !$0.isNaN }
    let value = values[candidate]
    if transform == "missing" { return value.isNaN ? 1 : 0 }
    if value.isNaN { return .nan }
    let mean = present.reduce(0, +) / Double(present.count)
    switch transform {
    case "share": return (present.max() ?? 0) > 0 ? value / (present.max() ?? 1) : 0
    case "rank": return Double(present.filter { $0 > value }.count) / Double(present.count)
    case "z":
      let variance = present.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(present.count)
      return variance > 0 ? (value - mean) / variance.squareRoot() : 0
    case "reciprocal": return 60 / (60 + max(0, value))
    default: return value
    }
  }

  @Test func transformsAreThoseOfThePlainModel() throws {
    let seed = UInt64.random(in: 0...(.max))
    var random = SeededRandom(seed: seed)
    for _ in 0..<200 {
      let count = Int.random(in: 1...40, using: &random)
      let values = (0..<count).map { _ in
        Int.random(in: 0..<5, using: &random) == 0
          ? Double.nan : Double(Int.random(in: -3...6, using: &random))
      }
      var columns = CandidateColumns(
        recallScores: Array(repeating: 1, count: count),
        recallRanks: (0..<count).map(Double.init),
        queryWords: 2
      )
      columns["price"] = values
      for transform in ["share", "rank", "z", "reciprocal", "missing"] {
        let feature = try #require(FeatureName("price|" + transform))
        let rows = FeatureAssembly([feature], normalization: [:]).rows(columns)
        for candidate in 0..<count {
          let expected = plain(values, transform, candidate)
          let difference = abs(Double(rows[candidate]) - (expected.isNaN ? 0 : expected))
          #expect(difference < 1e-5, "\(transform) of \(values), seed \(seed)")
        }
      }
    }
  }

  @Test func missingValuesTakeTheDefaultAndOthersAreNormalized() throws {
    let feature = try #require(FeatureName("price"))
    var normalization = Normalization()
    normalization.missing = -7
    normalization.mean = 10
    normalization.deviation = 2
    normalization.bounds = 0...20
    let assembly = FeatureAssembly([feature], normalization: [feature: normalization])
    var columns = CandidateColumns(
      recallScores: [3, 2, 1, 1],
      recallRanks: [0, 1, 2, 3],
      queryWords: 1
    )
    #expect(assembly.rows(columns) == [-7, -7, -7, -7])
    columns["price"] = [14, .nan, 100, -.infinity]
    #expect(assembly.rows(columns) == [2, -7, 5, -7])
    #expect(assembly.columns == ["price"])
  }
}

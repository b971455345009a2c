// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What a measure taken of the same queries twice says of the second way against the first.
public struct PairedComparison: Equatable, Sendable {
  /// The mean of second - first over the queries.
  public let difference: Double
  /// The interval that holds the difference with 95 % confidence: the percentiles of the means of
  /// ``bootstrapSamples`` samples of the queries, drawn with replacement (Efron, 1979).
  public let interval: ClosedRange<Double>
  /// How probable a mean difference at least this far from 0 is if the two ways are alike (two-sided).
  ///
  /// Fisher's randomization test, as Smucker, Allan and Carterette (CIKM 2007) recommend for
  /// retrieval: if the ways are alike, each query's difference could as well have the other sign. All
  /// signs are tried where at most ``exactLimit`` queries differ; else ``resamples`` random ones, of
  /// which the observed one counts as another, so that p is never 0.
  public let p: Double
  /// Whether ``p`` is exact.
  public let isExact: Bool
  /// Queries for which the second way is better, and worse.
  public let wins: Int, losses: Int

  /// The most differing queries for which all signs are tried.
  public static let exactLimit = 20
  /// Random signs for the test.
  public static let resamples = 100_000
  /// Random samples for the interval.
  public static let bootstrapSamples = 10_000

  /// Compares two lists of one measure, query by query; surplus values are cut off.
  ///
  /// Equal values and seed give an equal comparison. Time: resamples times queries.
  public init(first: [Double], second: [Double], seed: UInt64) {
    let differences = zip(first, second).map { $1 - $0 }
    let count = Double(max(1, differences.count))
    let changed = differences.filter { $0 != 0 }
    difference = differences.reduce(0, +) / count
    wins = changed.count { $0 > 0 }
    losses = changed.count - wins
    var generator = SplitMix64(seed)
    isExact = changed.count <= Self.exactLimit
    p =
      isExact
      ? Self.exactProbability(changed) : Self.sampledProbability(changed, using: &generator)
    interval = Self.bootstrap(differences, using: &generator)
  }

  /// A sum counts as far as the observed one despite rounding in another order.
  private static func threshold(_ changed: [Double]) -> Double {
    abs(changed.reduce(0, +)) - changed.reduce(0) { $0 + abs($1) } * 1e-12
  }

  /// Walks through all signs in Gray code's order, in which each step turns one of them.
  private static func exactProbability(_ changed: [Double]) -> Double {
    let threshold = threshold(changed)
    var signed = changed
    var sum = changed.reduce(0, +)
    var reached = 1
    for step in 1..<max(1, 1 << changed.count) {
      let turned = step.trailingZeroBitCount
      sum -= 2 * signed[turned]
      signed[turned] = -signed[turned]
      if abs(sum) >= threshold { reached += 1 }
    }
    return Double(reached) / Double(1 << changed.count)
  }

  private static func sampledProbability(
    _ changed: [Double],
    using generator: inout SplitMix64
  ) -> Double {
    let threshold = threshold(changed)
    var reached = 1
    for _ in 0..<resamples {
      var bits: UInt64 = 0
      var sum = 0.0
      for (index, value) in changed.enumerated() {
        if index & 63 == 0 { bits = generator.next() }
        sum += bits & 1 == 0 ? value : -value
        bits >>= 1
      }
      if abs(sum) >= threshold { reached += 1 }
    }
    return Double(reached) / Double(resamples + 1)
  }

  private static func bootstrap(
    _ differences: [Double],
    using generator: inout SplitMix64
  ) -> ClosedRange<Double> {
    guard !differences.isEmpty else { return 0...0 }
    let count = differences.count
    var means = (0..<bootstrapSamples).map { _ in
      (0..<count).reduce(0) { sum, _ in
        sum + differences[Int(generator.next(below: UInt64(count)))]
      } / Double(count)
    }
    means.sort()
    return Metrics.percentile(means, 0.025)...Metrics.percentile(means, 0.975)
  }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): random numbers that a seed repeats.
struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number below a bound, by the high half of a product (Lemire, 2019): the bias for a few
  /// thousand queries is under 2^-50.
  mutating func next(below bound: UInt64) -> UInt64 {
    next().multipliedFullWidth(by: bound).high
  }
}

// SPDX-License-Identifier: Apache-2.0

/// What each feature adds to candidates' scores, against the average candidate of the query.
///
/// The features of a candidate are those of the average candidate, the baseline, until they become
/// known; what a feature adds is how much the score changes as it does. For a linear model that is
/// w (x - mean) in whatever order they become known, and exact. For others it depends on the order, and
/// the mean over all orders is the Shapley value. It is estimated from random orders (Castro, Gómez and
/// Tejada, 2009), each taken forward and backward, which takes out much of the variance. In each order
/// the parts add up to the candidate's score less the baseline's, so their means do too.
public struct ScoreAttributions: Equatable, Sendable {
  /// The score of the average candidate.
  public var baseline: Double
  /// By explained candidate, what each feature adds.
  public var values: [[Double]]
  /// The orders that the values are a mean of; 0 for exact ones.
  public var samples: Int

  /// Random orders at most, each twice.
  static let orderLimit = 64

  /// Explains a linear model's scores.
  ///
  /// - Parameters:
  ///   - weights: By feature.
  ///   - rows: Features by candidate, one row after another.
  ///   - candidates: The rows to explain.
  ///   - score: The model: a score for each of the rows that it is given.
  /// - Throws: What `score` throws.
  public init<Failure: Error>(
    linear weights: [Float],
    rows: [Float],
    candidates: [Int],
    score: ([Float]) throws(Failure) -> [Float]
  ) throws(Failure) {
    let mean = Self.mean(rows, width: weights.count)
    baseline = Double(try score(mean).first ?? 0)
    values = candidates.map { candidate in
      weights.indices.map { feature in
        let value = rows[candidate * weights.count + feature]
        return Double(weights[feature]) * (Double(value) - Double(mean[feature]))
      }
    }
    samples = 0
  }

  /// Estimates what makes any model's scores.
  ///
  /// - Parameters:
  ///   - width: The number of features, 1 or more.
  ///   - rows: Features by candidate, one row after another.
  ///   - candidates: The rows to explain, the most important first.
  ///   - isOver: Whether to stop; asked between runs of the model. At least one order is finished for
  ///     each candidate that has values, so that those at the end may be left out.
  ///   - score: The model: a finite score for each of the rows that it is given.
  /// - Throws: What `score` throws.
  public init<Failure: Error>(
    width: Int,
    rows: [Float],
    candidates: [Int],
    isOver: () -> Bool,
    score: ([Float]) throws(Failure) -> [Float]
  ) throws(Failure) {
    let mean = Self.mean(rows, width: width)
    baseline = Double(try score(mean).first ?? 0)
    values = []
    samples = 0
    var random = OrderSource()
    var order = Array(0..<width)
    while samples < 2 * Self.orderLimit, samples == 0 || !isOver() {
      if samples.isMultiple(of: 2) { random.shuffle(&order) } else { order.reverse() }
      var added: [[Double]] = []
      for candidate in candidates.prefix(samples == 0 ? candidates.count : values.count) {
        if samples > 0 || !added.isEmpty, isOver() { break }
        let row = rows[(candidate * width)..<((candidate + 1) * width)]
        added.append(try Self.walk(Array(row), mean, order, baseline, score))
      }
      if samples == 0 {
        values = added
      } else if added.count == values.count {
        for (place, parts) in added.enumerated() {
          for feature in 0..<width { values[place][feature] += parts[feature] }
        }
      } else {
        break  // an order that not all candidates went through counts for none
      }
      samples += 1
    }
    for place in values.indices {
      for feature in 0..<width { values[place][feature] /= Double(samples) }
    }
  }

  /// What each feature adds as the features become known in one order.
  private static func walk<Failure: Error>(
    _ row: [Float],
    _ mean: [Float],
    _ order: [Int],
    _ baseline: Double,
    _ score: ([Float]) throws(Failure) -> [Float]
  ) throws(Failure) -> [Double] {
    var steps: [Float] = []
    steps.reserveCapacity(row.count * row.count)
    var known = mean
    for feature in order {
      known[feature] = row[feature]
      steps.append(contentsOf: known)
    }
    let scores = try score(steps)
    var added = [Double](repeating: 0, count: row.count)
    var before = baseline
    for (feature, after) in zip(order, scores) {
      added[feature] = Double(after) - before
      before = Double(after)
    }
    return added
  }

  /// The average candidate; zeros for none.
  private static func mean(_ rows: [Float], width: Int) -> [Float] {
    let count = rows.count / width
    return (0..<width).map { feature in
      let sum = (0..<count).reduce(0.0) { $0 + Double(rows[$1 * width + feature]) }
      return Float(sum / Double(max(1, count)))
    }
  }
}

/// Random orders, the same for every call: equal queries get equal explanations.
///
/// Numbers: SplitMix64 (Steele, Lea and Flood, 2014). Orders: Fisher and Yates.
private struct OrderSource {
  private var state: UInt64 = 7

  mutating func shuffle(_ order: inout [Int]) {
    for last in stride(from: order.count - 1, to: 0, by: -1) {
      order.swapAt(last, Int(next().multipliedFullWidth(by: UInt64(last + 1)).high))
    }
  }

  private mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

// SPDX-License-Identifier: Apache-2.0

/// Scores in buckets of equal numbers of documents, so that a later key decides within a bucket.
struct ScoreBuckets {
  /// How many buckets there are, or how many documents each has.
  enum Division: Equatable {
    case count(Int)
    case size(Int)
  }

  /// The least score of each bucket but the last, best first.
  private let bounds: [Float]

  /// Divides scores.
  ///
  /// Equal scores may straddle a bound; all of them then fall into the better bucket.
  ///
  /// - Parameters:
  ///   - division: A count or a size, 1 or more.
  ///   - scores: In descending order.
  init(_ division: Division, of scores: [Float]) {
    switch division {
    case .size(let size):
      bounds = stride(from: size, to: scores.count, by: size).map { scores[$0 - 1] }
    case .count(let count):
      // More buckets than documents are one for each.
      let count = min(count, scores.count)
      bounds = (1..<max(1, count)).map { scores[scores.count * $0 / count - 1] }
    }
  }

  /// The bucket of a score, 0 for the best.
  ///
  /// - Complexity: O(log *n*) in the buckets, of which there may be as many as documents.
  func bucket(of score: Float) -> Int {
    var (low, high) = (0, bounds.count)
    while low < high {
      let middle = (low + high) / 2
      if score >= bounds[middle] { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

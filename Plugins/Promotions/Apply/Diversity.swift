// SPDX-License-Identifier: Apache-2.0
//
// Maximal marginal relevance: Carbonell and Goldstein, "The Use of MMR, Diversity-Based Reranking
// for Reordering Documents and Producing Summaries", SIGIR 1998.

/// Spreads results so that hits which are alike do not follow each other.
public enum Diversity {
  /// Hits that are reordered at most; the rest follow as they came.
  public static let window = 250

  /// The order of hits by maximal marginal relevance.
  ///
  /// - Parameters:
  ///   - scores: Scores, 0 or more, best first; they count relative to the best.
  ///   - lambda: What relevance counts, 0...1; 1 changes nothing.
  ///   - similarity: How alike two hits are, 0...1.
  /// - Returns: The indices of `scores` in the new order.
  /// - Complexity: O(*n*²) calls of `similarity` for *n* hits within ``window``.
  public static func order(
    _ scores: [Double],
    lambda: Double,
    similarity: (Int, Int) -> Double
  ) -> [Int] {
    let lambda = min(1, max(0, lambda))
    let best = scores.max() ?? 0
    let count = min(scores.count, window)
    var left = Array(0..<count)
    // How alike each hit is to the most similar one that was taken.
    var nearest = [Double](repeating: 0, count: count)
    var order: [Int] = []
    while !left.isEmpty {
      var choice = 0
      var choiceValue = -Double.infinity
      for (index, hit) in left.enumerated() {
        let relevance = best > 0 ? scores[hit] / best : 1
        let value = lambda * relevance - (1 - lambda) * nearest[hit]
        if value > choiceValue { (choice, choiceValue) = (index, value) }
      }
      let taken = left.remove(at: choice)
      order.append(taken)
      for hit in left { nearest[hit] = max(nearest[hit], similarity(taken, hit)) }
    }
    return order + Array(count..<max(count, scores.count))
  }

  /// How alike two documents are by some metrics: the weighted mean, 0...1.
  ///
  /// `part`: How alike they are by one metric, 0...1; see ``equality(_:_:)``, ``jaccard(_:_:)``.
  public static func similarity(
    _ metrics: [SimilarityMetric],
    part: (SimilarityMetric) -> Double
  ) -> Double {
    let total = metrics.reduce(0) { $0 + $1.weight }
    guard total > 0 else { return 0 }
    return metrics.reduce(0) { $0 + $1.weight * part($1) } / total
  }

  /// 1 if two documents have the same values, else 0.
  public static func equality<Value: Hashable>(_ a: Set<Value>, _ b: Set<Value>) -> Double {
    a == b ? 1 : 0
  }

  /// Shared values over all values of two documents; 0 if there are none.
  public static func jaccard<Value: Hashable>(_ a: Set<Value>, _ b: Set<Value>) -> Double {
    let shared = a.intersection(b).count
    let all = a.count + b.count - shared
    return all == 0 ? 0 : Double(shared) / Double(all)
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// Measures of one user's ranked list against what the user took.
public enum RankingMeasures {
  /// The share of `relevant` among the first `depth` of the list.
  ///
  /// The divisor is all that is relevant, also where that is more than `depth`, as in the published
  /// figures on Gowalla's split; 0 if nothing is.
  public static func recall(_ list: [UInt32], _ relevant: Set<UInt32>, at depth: Int) -> Double {
    guard !relevant.isEmpty else { return 0 }
    return Double(list.prefix(depth).count { relevant.contains($0) }) / Double(relevant.count)
  }

  /// Normalised discounted cumulative gain with gains of 0 and 1 (Järvelin and Kekäläinen, 2002).
  public static func ndcg(_ list: [UInt32], _ relevant: Set<UInt32>, at depth: Int) -> Double {
    ndcg(list, relevant, of: relevant.count, at: depth)
  }

  /// The same where `total` items are relevant, some of which no list can hold.
  static func ndcg(
    _ list: [UInt32],
    _ relevant: Set<UInt32>,
    of total: Int,
    at depth: Int
  ) -> Double {
    let found = list.prefix(depth).enumerated().reduce(0) {
      $0 + (relevant.contains($1.element) ? discount($1.offset + 1) : 0)
    }
    let best = (0..<min(depth, total)).reduce(0) { $0 + discount($1 + 1) }
    return best > 0 ? found / best : 0
  }

  /// What an item at a rank, from 1, adds to the cumulative gain.
  static func discount(_ rank: Int) -> Double { 1 / log2(Double(rank) + 1) }

  /// The rank, from 1, of the first score among all; of those that equal it half count as above.
  static func rank(ofFirst scores: some Collection<Float>) -> Int {
    guard let own = scores.first else { return 1 }
    let above = scores.count { $0 > own }
    let equal = scores.dropFirst().count { $0 == own }
    return 1 + above + (equal + 1) / 2
  }

  /// The Gini coefficient of counts: 0 where all are equal, towards 1 where one has everything.
  ///
  /// 0 for no counts or none above 0. O(n log n).
  public static func gini(_ counts: [Int]) -> Double {
    let total = counts.reduce(0, +)
    guard total > 0 else { return 0 }
    let n = Double(counts.count)
    let weighted = counts.sorted().enumerated().reduce(0.0) {
      $0 + (2 * Double($1.offset + 1) - n - 1) * Double($1.element)
    }
    return weighted / (n * Double(total))
  }
}

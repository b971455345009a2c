// SPDX-License-Identifier: Apache-2.0

/// Estimates what a filter would say of items that it has never met, from what it says of others of
/// their kinds: brands, categories, words of titles.
///
/// The estimate is the mean of all, and for each kind how far the mean of its items, shrunk to the mean
/// of all by a few made-up items, lies from that: an additive model of crossed effects (Searle, "Variance
/// Components", 1992) without its iterations. One shopper and one thread at a time.
public struct ContentBackoff: Sendable {
  private struct Sum {
    var total = 0.0
    var count = 0.0
  }

  private let shrinkage: Double
  private var all = Sum()
  private var sums: [String: Sum] = [:]

  /// Starts with nothing.
  ///
  /// `shrinkage`: how many items of the mean of all each kind is taken to have beside its own, above 0.
  public init(shrinkage: Double = 3) { self.shrinkage = max(1e-9, shrinkage) }

  /// Takes in an item with a score; numbers that are not finite are passed over.
  public mutating func add(score: Double, kinds: some Sequence<String>) {
    guard score.isFinite else { return }
    all.total += score
    all.count += 1
    for kind in kinds {
      sums[kind, default: Sum()].total += score
      sums[kind, default: Sum()].count += 1
    }
  }

  /// What an item of these kinds would score, 0 or more; the mean of all for kinds that are not known.
  public func estimate(kinds: some Sequence<String>) -> Double {
    guard all.count > 0 else { return 0 }
    let mean = all.total / all.count
    var estimate = mean
    for kind in kinds {
      guard let sum = sums[kind] else { continue }
      estimate += (sum.total + shrinkage * mean) / (sum.count + shrinkage) - mean
    }
    return max(0, estimate)
  }
}

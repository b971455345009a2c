// SPDX-License-Identifier: Apache-2.0

/// An item that fits a history, and why.
public struct FilterRecommendation: Sendable, Equatable {
  /// The item's name.
  public var name: String
  /// The sum of what the history's items say for it, above 0, in the units of the model's scores.
  public var score: Double
  /// The index in the history of the item that says most for it.
  public var because: Int
}

extension LiveFilter {
  /// The items that fit a history best, best first, by trained weights and what events since have
  /// added; items of the history are left out, and unknown ones say nothing.
  ///
  /// O(history · neighbours).
  public func recommend(
    _ count: Int,
    history: [(name: String, weight: Float)]
  ) -> [FilterRecommendation] {
    withUpdates { $0.recommend(count, history: history) }
  }

  /// Whether the model, or an event since its training, has the item.
  public func knows(_ name: String) -> Bool { number(of: name) != nil }
}

extension FilterUpdates {
  private struct Sum {
    var score: Float = 0
    var most: Float = 0
    var because = 0
  }

  func recommend(
    _ count: Int,
    history: [(name: String, weight: Float)]
  ) -> [FilterRecommendation] {
    var sums: [UInt32: Sum] = [:]
    var own: Set<UInt32> = []
    for (index, past) in history.enumerated() {
      guard let item = number(of: past.name) else { continue }
      own.insert(item)
      func add(_ neighbour: ItemWeight, _ weight: Float) {
        var sum = sums[neighbour.item] ?? Sum()
        sum.score += weight
        if weight > sum.most { (sum.most, sum.because) = (weight, index) }
        sums[neighbour.item] = sum
      }
      for neighbour in model.neighbours(of: item) { add(neighbour, neighbour.weight * past.weight) }
      for added in additions(for: [HistoryItem(item, weight: past.weight)]) {
        add(added, added.weight)
      }
    }
    let best = sums.filter { $0.value.score > 0 && !own.contains($0.key) }.sorted {
      ($0.value.score, $1.key) > ($1.value.score, $0.key)
    }
    return best.prefix(max(0, count)).compactMap { item, sum in
      name(of: item).map {
        FilterRecommendation(name: $0, score: Double(sum.score), because: sum.because)
      }
    }
  }
}

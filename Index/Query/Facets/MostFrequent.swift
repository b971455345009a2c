// SPDX-License-Identifier: Apache-2.0

/// Chooses the values of a facet that most documents have.
enum MostFrequent {
  /// Values wanted beyond which sorting all beats inserting each.
  private static let mostInserted = 64

  /// The values with the most documents, at most `limit`, of equal counts those that precede.
  static func choose<Value>(
    _ counted: [(value: Value, count: Int)],
    limit: Int,
    precedes: (Value, Value) -> Bool
  ) -> [(value: Value, count: Int)] {
    func isBefore(_ a: (value: Value, count: Int), _ b: (value: Value, count: Int)) -> Bool {
      a.count != b.count ? a.count > b.count : precedes(a.value, b.value)
    }
    guard limit > 0 else { return [] }
    guard limit <= mostInserted else { return Array(counted.sorted(by: isBefore).prefix(limit)) }
    var best: [(value: Value, count: Int)] = []
    for entry in counted {
      if best.count == limit, let last = best.last {
        guard isBefore(entry, last) else { continue }
        best.removeLast()
      }
      var place = best.count
      while place > 0, isBefore(entry, best[place - 1]) { place -= 1 }
      best.insert(entry, at: place)
    }
    return best
  }
}

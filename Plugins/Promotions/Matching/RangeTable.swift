// SPDX-License-Identifier: Apache-2.0

/// Rules by a range of numbers of one field: finds those whose range holds another.
///
/// Ranges stand in the order of their lower ends, under a tree of the highest upper end of each half,
/// so that of the ranges which begin low enough only those that also end high enough are visited.
struct RangeTable: Sendable {
  private struct Entry: Sendable {
    var low: Double
    var high: Double
    var slot: UInt32
  }

  private var entries: [Entry] = []
  /// The greatest upper end below each node; the children of node `n` are `2n` and `2n + 1`.
  private var highest: [Double] = []

  var count: Int { entries.count }

  /// Adds ranges with their rules; O(*n*) for all together.
  mutating func insert(_ added: [(low: Double, high: Double, slot: UInt32)]) {
    entries += added.map { Entry(low: $0.low, high: $0.high, slot: $0.slot) }
    entries.sort { ($0.low, $0.slot) < ($1.low, $1.slot) }
    arrange()
  }

  /// Removes a rule's ranges.
  mutating func remove(_ slot: UInt32) {
    entries.removeAll { $0.slot == slot }
    arrange()
  }

  private var leafCount: Int {
    var leaves = 1
    while leaves < entries.count { leaves *= 2 }
    return leaves
  }

  private mutating func arrange() {
    let leaves = leafCount
    highest = [Double](repeating: -.infinity, count: 2 * leaves)
    for (index, entry) in entries.enumerated() { highest[leaves + index] = entry.high }
    for node in stride(from: leaves - 1, to: 0, by: -1) {
      highest[node] = max(highest[2 * node], highest[2 * node + 1])
    }
  }

  /// Adds the rules with a range from `low` or less to `high` or more; whether ends are open is not
  /// looked at, so a few more may come.
  func find(holding low: Double, _ high: Double, _ found: inout [UInt32]) {
    var (first, end) = (0, entries.count)
    while first < end {
      let middle = (first + end) / 2
      if entries[middle].low <= low { first = middle + 1 } else { end = middle }
    }
    visit(1, 0, highest.count / 2, before: first, high, &found)
  }

  private func visit(
    _ node: Int,
    _ start: Int,
    _ width: Int,
    before limit: Int,
    _ high: Double,
    _ found: inout [UInt32]
  ) {
    guard start < limit, node < highest.count, highest[node] >= high else { return }
    if width == 1 {
      found.append(entries[start].slot)
      return
    }
    visit(2 * node, start, width / 2, before: limit, high, &found)
    visit(2 * node + 1, start + width / 2, width / 2, before: limit, high, &found)
  }
}

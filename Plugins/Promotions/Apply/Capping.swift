// SPDX-License-Identifier: Apache-2.0

extension PromotionPlan {
  /// Hits that caps look at, from the first; a page further back is never changed by them.
  public static let capWindow = 250

  /// The order of organic hits in which no cap is exceeded, else as they came.
  ///
  /// Each place is taken by the first hit left that no cap forbids there. If caps forbid all that
  /// are left, the first is taken: a cap moves hits back, but never hides one.
  ///
  /// - Parameters:
  ///   - count: Organic hits in order; ask the search for the best ``capWindow``, whatever the page.
  ///   - layout: Where the pins stand; those that a cap counts use it up first.
  ///   - counts: Whether a cap, the first number, counts an organic hit, the second.
  ///   - countsPin: Whether a cap counts a pinned document.
  /// - Returns: The numbers 0..<`count` in the new order.
  /// - Complexity: O(*n*²) for *n* hits within the window at worst, O(*n*) if no cap binds.
  public func capped(
    _ count: Int,
    layout: PinLayout,
    counts: (Int, Int) -> Bool,
    countsPin: (Int, String) -> Bool
  ) -> [Int] {
    guard !caps.isEmpty else { return Array(0..<count) }
    var room = caps.enumerated().map { index, cap in
      cap.most - layout.slots.count { $0.position <= cap.within && countsPin(index, $0.id) }
    }
    let pinned = Set(layout.slots.map(\.position))
    let lastPlace = caps.map(\.within).max() ?? 0
    var left = Array(0..<count)
    var order: [Int] = []
    order.reserveCapacity(count)
    var place = 0
    while place < lastPlace, !left.isEmpty {
      place += 1
      if pinned.contains(place) { continue }
      let isAllowed = { (hit: Int) in
        caps.indices.allSatisfy { cap in
          place > caps[cap].within || room[cap] > 0 || !counts(cap, hit)
        }
      }
      let hit = left.remove(at: left.firstIndex(where: isAllowed) ?? 0)
      for cap in caps.indices where place <= caps[cap].within && counts(cap, hit) {
        room[cap] -= 1
      }
      order.append(hit)
    }
    return order + left
  }
}

// SPDX-License-Identifier: Apache-2.0
//
// The list that a shopper pages through is the organic hits, in their order, with pins put between
// them. Pin i of m (from 1, by position) stands at min(position, organic hits + i): at its place, or,
// where the list is too short for that, behind all that comes before. Every page is a window of this
// one list, so no hit is shown twice or left out between pages.

/// Where pins stand among the hits.
public struct PinLayout: Equatable, Sendable {
  /// A pin and its place.
  struct Slot: Equatable, Sendable {
    let id: String
    let position: Int
  }

  /// Pins by position, which ascend strictly.
  let slots: [Slot]

  /// One place of a page.
  public struct Placed<Hit> {
    /// The hit.
    public let hit: Hit
    /// Whether it is pinned.
    public let isCurated: Bool
  }

  /// Creates a layout of the pins of a plan that are to be shown.
  ///
  /// - Parameters:
  ///   - pins: A plan's pins, positions ascending.
  ///   - shown: The ids of those that exist and satisfy the filters that they must.
  ///   - preservesPositions: Whether pins keep their places when others are not shown; otherwise
  ///     each moves up by the number of pins that are missing before it.
  public init(_ pins: [Pin], shown: Set<String>, preservesPositions: Bool) {
    var slots: [Slot] = []
    var missing = 0
    for pin in pins {
      if shown.contains(pin.id) {
        // Never before an earlier pin, whatever the caller's positions are.
        let wanted = max(1, pin.position - (preservesPositions ? 0 : missing))
        slots.append(Slot(id: pin.id, position: max(wanted, (slots.last?.position ?? 0) + 1)))
      } else {
        missing += 1
      }
    }
    self.slots = slots
  }

  /// The pins and their places, by position.
  public var placements: [(id: String, position: Int)] { slots.map { ($0.id, $0.position) } }

  /// The ids of the pins, by position; organic hits must not hold them.
  public var ids: [String] { slots.map(\.id) }

  /// Which organic hits a page may need, to be asked of the search.
  ///
  /// - Parameters:
  ///   - offset: Places before the page, 0 or more.
  ///   - limit: Places on the page, 0 or more.
  /// - Returns: Numbers of organic hits, from 0; there may be fewer hits than that.
  public func organicRange(offset: Int, limit: Int) -> Range<Int> {
    let before = slots.count { $0.position <= offset }
    let inside = slots.count { $0.position > offset && $0.position - offset <= limit }
    return (offset - before)..<(offset - before + limit - inside)
  }

  /// Merges pins into one page.
  ///
  /// - Parameters:
  ///   - organic: The hits of ``organicRange(offset:limit:)``, hidden and pinned documents left out
  ///     of the search; fewer if there are no more.
  ///   - found: All organic hits.
  ///   - offset: Places before the page, 0 or more.
  ///   - limit: Places on the page, 0 or more.
  ///   - pinned: The hit of a pin; nil leaves its place to the next hit.
  /// - Returns: The page, at most `limit` hits.
  public func applyPins<Hit>(
    to organic: [Hit],
    found: Int,
    offset: Int,
    limit: Int,
    pinned: (String) -> Hit?
  ) -> [Placed<Hit>] {
    let range = organicRange(offset: offset, limit: limit)
    var page: [Placed<Hit>] = []
    page.reserveCapacity(min(limit, organic.count + slots.count))
    var organic = organic.prefix(range.count)
    // Pins before the page, those that a short list moved up included.
    var next = 0
    while next < slots.count, min(slots[next].position, found + next + 1) <= offset { next += 1 }
    var place = offset + 1
    while place <= offset + limit {
      if next < slots.count, slots[next].position <= place || organic.isEmpty {
        if let hit = pinned(slots[next].id) {
          page.append(Placed(hit: hit, isCurated: true))
          place += 1
        }
        next += 1
      } else if let hit = organic.popFirst() {
        page.append(Placed(hit: hit, isCurated: false))
        place += 1
      } else {
        break
      }
    }
    return page
  }

  /// All hits, pins included.
  public func total(found: Int) -> Int { found + slots.count }
}

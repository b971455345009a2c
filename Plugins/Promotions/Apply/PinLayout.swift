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
}

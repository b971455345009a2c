// SPDX-License-Identifier: Apache-2.0

import Promotions
import TestSupport
import Testing

struct PinLayoutTests {
  private let pins = [
    Pin(id: "p", position: 1), Pin(id: "q", position: 2), Pin(id: "r", position: 3),
  ]

  private func page(
    _ layout: PinLayout,
    _ organic: [String],
    _ offset: Int = 0,
    _ limit: Int = 10
  ) -> [String] {
    let range = layout.organicRange(offset: offset, limit: limit).clamped(to: 0..<organic.count)
    return layout.applyPins(
      to: Array(organic[range]),
      found: organic.count,
      offset: offset,
      limit: limit
    ) { $0 }.map { $0.hit + ($0.isCurated ? "*" : "") }
  }

  @Test func aPinKeepsItsPlaceWhenAnotherIsFilteredOut() {
    let layout = PinLayout(pins, shown: ["p", "r"], preservesPositions: true)
    #expect(page(layout, ["a", "b"]) == ["p*", "a", "r*", "b"])
    #expect(layout.total(found: 2) == 4)
  }

  @Test func aPinMovesUpIfAsked() {
    let layout = PinLayout(pins, shown: ["p", "r"], preservesPositions: false)
    #expect(page(layout, ["a", "b"]) == ["p*", "r*", "a", "b"])
  }

  @Test func pinsFollowAListThatIsTooShort() {
    let far = [Pin(id: "p", position: 5), Pin(id: "q", position: 50)]
    let layout = PinLayout(far, shown: ["p", "q"], preservesPositions: true)
    #expect(page(layout, ["a"]) == ["a", "p*", "q*"])
    #expect(page(layout, []) == ["p*", "q*"])
    #expect(page(layout, ["a"], 2, 1) == ["q*"])
  }

  /// Pages are windows of one list, which is built here in the plainest way.
  @Test func everyPageIsAWindowOfOneList() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededRandom(seed: seed)
    for _ in 0..<3_000 {
      let organic = (0..<Int.random(in: 0...30, using: &random)).map { "o\($0)" }
      let positions = Set(
        (0..<Int.random(in: 0...6, using: &random)).map { _ in
          Int.random(in: 1...40, using: &random)
        }
      ).sorted()
      let pins = positions.map { Pin(id: "p\($0)", position: $0) }
      let shown = Set(pins.map(\.id).filter { _ in Int.random(in: 0..<4, using: &random) > 0 })
      let preserves = Bool.random(using: &random)
      var whole = organic
      var missing = 0
      for pin in pins {
        guard shown.contains(pin.id) else {
          missing += 1
          continue
        }
        let place = pin.position - (preserves ? 0 : missing) - 1
        whole.insert(pin.id + "*", at: min(place, whole.count))
      }
      let layout = PinLayout(pins, shown: shown, preservesPositions: preserves)
      #expect(layout.total(found: organic.count) == whole.count)
      let limit = Int.random(in: 1...9, using: &random)
      var paged: [String] = []
      for offset in stride(from: 0, to: whole.count + limit, by: limit) {
        paged += page(layout, organic, offset, limit)
      }
      #expect(paged == whole, "seed \(seed)")
      let start = Int.random(in: 0...45, using: &random)
      #expect(page(layout, organic, start, limit) == Array(whole.dropFirst(start).prefix(limit)))
    }
  }
}

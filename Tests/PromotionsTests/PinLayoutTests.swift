// SPDX-License-Identifier: Apache-2.0

import Promotions
import TestSupport
import Testing

struct PinLayoutTests {
  private let pins = [
    Pin(id: "p", position: 1), Pin(id: "q", position: 2), Pin(id: "r", position: 3),
  ]

  private func places(_ layout: PinLayout) -> [String] {
    layout.placements.map { "\($0.id)\($0.position)" }
  }

  @Test func aPinKeepsItsPlaceWhenAnotherIsFilteredOut() {
    let layout = PinLayout(pins, shown: ["p", "r"], preservesPositions: true)
    #expect(places(layout) == ["p1", "r3"])
    #expect(layout.ids == ["p", "r"])
  }

  @Test func aPinMovesUpIfAsked() {
    let layout = PinLayout(pins, shown: ["p", "r"], preservesPositions: false)
    #expect(places(layout) == ["p1", "r2"])
  }

  @Test func placesAscendWhateverThePositionsAre() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededRandom(seed: seed)
    for _ in 0..<3_000 {
      let pins = (0..<Int.random(in: 0...6, using: &random)).map {
        Pin(id: "p\($0)", position: Int.random(in: -2...9, using: &random))
      }
      let shown = Set(pins.map(\.id).filter { _ in Int.random(in: 0..<4, using: &random) > 0 })
      let preserves = Bool.random(using: &random)
      let layout = PinLayout(pins, shown: shown, preservesPositions: preserves)
      #expect(layout.ids == pins.map(\.id).filter(shown.contains), "seed \(seed)")
      let places = layout.placements.map(\.position)
      #expect(places.first ?? 1 >= 1, "seed \(seed)")
      #expect(zip(places, places.dropFirst()).allSatisfy { $0 < $1 }, "seed \(seed)")
    }
  }
}

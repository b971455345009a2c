// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SearchIndex

struct PinnedOrderTests {
  /// Pins are put one by one into the list of hits, at their places or behind the last.
  @Test func pinsStandWhereInsertingThemPutsThem() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededRandom(seed: seed)
    for _ in 0..<3_000 {
      let ranked = (0..<Int.random(in: 0...30, using: &random)).map { document($0) }
      let positions = Set(
        (0..<Int.random(in: 0...6, using: &random)).map { _ in
          Int.random(in: 1...40, using: &random)
        }
      )
      let pins = positions.map { (position: $0, document: document(1000 + $0)) }
      var plain = ranked
      for pin in pins.sorted(by: { $0.position < $1.position }) {
        plain.insert(pin.document, at: min(pin.position - 1, plain.count))
      }
      let merged = PinnedOrder.merge(pins, ranked)
      #expect(merged.map(\.document) == plain, "seed \(seed)")
      #expect(merged.allSatisfy { $0.isPinned == ($0.document.document >= 1000) }, "seed \(seed)")
    }
  }

  private func document(_ number: Int) -> ScoredDocument {
    ScoredDocument(score: 1, segment: 0, document: UInt32(number))
  }
}

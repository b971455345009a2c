// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import Behaviour

struct TimestampTests {
  private func read(_ text: String) -> Int64? {
    Array(text.utf8).withUnsafeBufferPointer { Timestamp.milliseconds(iso: $0) }
  }

  @Test func agreesWithFoundation() {
    let formatter = ISO8601DateFormatter()
    formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
    let seed = UInt64.random(in: 0..<1 << 32)
    var random = SeededRandom(seed: seed)
    for _ in 0..<2000 {
      let time = Int64.random(in: 0..<4_102_444_800_000, using: &random)
      let text = formatter.string(from: Date(timeIntervalSince1970: Double(time) / 1000))
      #expect(read(text) == time, "seed \(seed)")
      #expect(Timestamp.iso(time) == text, "seed \(seed)")
    }
  }

  @Test(
    arguments: [
      ("2018-11-13T20:20:39+00:00", 1_542_140_439_000), ("2018-11-13T20:20:39", 1_542_140_439_000),
      ("2018-11-13 20:20", 1_542_140_400_000), ("2018-11-13", 1_542_067_200_000),
      ("2018-11-13T20:20:39.5-0130", 1_542_145_839_500),
    ] as [(String, Int64)]
  )
  func readsTheFormsOfISO8601(_ text: String, _ time: Int64) {
    #expect(read(text) == time)
  }

  @Test(arguments: [
    "", "2018", "2018-13-01", "2018-01-01T", "2018-01-01T25:00", "2018-01-01T10:00Zx",
    "2018-01-01T10:00:00.",
  ])
  func refusesOthers(_ text: String) {
    #expect(read(text) == nil)
  }
}

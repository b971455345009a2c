// SPDX-License-Identifier: Apache-2.0

import Testing
import UnicodeText

struct WordBreakerTests {
  private func segments(_ text: String) throws -> [String] {
    let breaker = try #require(WordBreaker())
    let units = Array(text.utf16)
    var found: [String] = []
    breaker.forEachSegment(units) { found.append(String(decoding: units[$0], as: UTF16.self)) }
    return found
  }

  @Test(arguments: [
    ("red lamp", ["red", " ", "lamp"]),
    ("can't stop", ["can't", " ", "stop"]),
    ("3.5 mm", ["3.5", " ", "mm"]),
    ("ご飯", ["ご飯"]),
    ("フライパン", ["フライパン"]),
    ("无线蓝牙耳机", ["无线", "蓝牙", "耳机"]),
    ("กาต้มน้ำไฟฟ้า", ["กา", "ต้ม", "น้ำ", "ไฟฟ้า"]),
    ("👩‍👩‍👧 ok", ["👩‍👩‍👧", " ", "ok"]),
    ("", []),
  ])
  func cutsAtWordBoundaries(_ text: String, _ expected: [String]) throws {
    #expect(try segments(text) == expected)
  }

  /// Whatever the text, segments follow each other without gaps and hold all of it.
  @Test func segmentsCoverTheText() throws {
    let breaker = try #require(WordBreaker())
    let pieces: [UInt16] = [
      0x20, 0x61, 0x41, 0x30, 0x2E, 0x27, 0xE9, 0x301, 0x4E2D, 0x3042, 0x30AB, 0x0E01, 0x0E33,
      0xD83D, 0xDE00, 0xD800, 0xDC00, 0x200D, 0x0, 0xFFFF, 0x0627, 0x05D0, 0xAC00,
    ]
    let seed = UInt64.random(in: 0..<1_000_000)
    var state = seed
    for _ in 0..<500 {
      let text = (0..<Int(state % 40)).map { _ -> UInt16 in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return pieces[Int(state >> 33) % pieces.count]
      }
      state &+= 1
      var end = 0
      breaker.forEachSegment(text) { segment in
        #expect(segment.lowerBound == end && !segment.isEmpty, "seed \(seed)")
        end = segment.upperBound
      }
      #expect(end == text.count, "seed \(seed)")
    }
  }
}

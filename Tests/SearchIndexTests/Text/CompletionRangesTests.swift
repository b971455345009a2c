// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SearchIndex

/// Where a key's parts lie in an ASCII text, against folding with a map.
struct CompletionRangesTests {
  private func ranges(_ count: Int, _ random: inout SeededRandom) -> [Range<Int>] {
    var (ranges, start) = ([Range<Int>](), 0)
    while true {
      let low = start + Int.random(in: 0...4, using: &random)
      let high = low + Int.random(in: 0...6, using: &random)
      guard high <= count else { return ranges }
      ranges.append(low..<high)
      start = high
    }
  }

  @Test(arguments: 0..<40)
  func agreesWithAMap(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let folder = try CompletionText()
    let letters = Array("aZ09 -'\"/\r\n")
    for _ in 0..<50 {
      let length = [0, 5, 30, 300].randomElement(using: &random) ?? 0
      let text = String((0..<length).map { _ in letters.randomElement(using: &random) ?? "a" })
      let mapped = folder.fold(text, isQuery: false, isMapped: true)
      let wanted = ranges(mapped.key.count, &random)
      let expected = wanted.filter { !$0.isEmpty }.compactMap { range -> Range<Int>? in
        let low = Int(mapped.starts[range.lowerBound])
        let high = Int(mapped.ends[range.upperBound - 1])
        return low < high ? low..<high : nil
      }
      #expect(
        CompletionText.asciiRanges(wanted, text) == expected,
        "seed \(seed): \(text) \(wanted)"
      )
    }
    #expect(CompletionText.asciiRanges([0..<1], "é") == nil)
  }
}

// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SearchIndex

struct HighlightTermsTests {
  private func word(_ random: inout SeededRandom) -> [UInt8] {
    (0..<Int.random(in: 1...4, using: &random)).map { _ in
      [0, 0x61, 0x62, 0x63, 0xC3, 0xFF].randomElement(using: &random) ?? 0
    }
  }

  @Test(arguments: 0..<50)
  func agreesWithASet(seed: Int) {
    var random = SeededRandom(seed: UInt64(seed))
    let terms = (0..<Int.random(in: 0...20, using: &random)).map { _ in word(&random) }
    let prefix = Bool.random(using: &random) ? word(&random) : nil
    let marked = HighlightTerms(terms, prefix: prefix)
    for term in terms + (0..<200).map({ _ in word(&random) }) {
      let isExpected = terms.contains(term) || prefix.map { term.starts(with: $0) } ?? false
      #expect(term.withUnsafeBufferPointer(marked.contains) == isExpected, "seed \(seed) \(term)")
    }
  }
}

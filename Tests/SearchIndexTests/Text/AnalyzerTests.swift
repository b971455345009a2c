// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SearchIndex

struct AnalyzerTests {
  private func terms(_ text: String) throws -> [String] {
    var tokens = TokenBuffer()
    try Analyzer().analyze(text, into: &tokens)
    return tokens.tokens.indices.map { String(decoding: tokens.term($0), as: UTF8.self) }
  }

  @Test(arguments: [
    ("RTX-4090 Ti", ["rtx", "4090", "ti"]),
    ("O'Neill 3.5mm a_b", ["o", "neill", "3", "5mm", "a", "b"]),
    ("Größe ÉCRAN Ω", ["grosse", "ecran", "ω"]), ("", []), ("--- ...", []),
    ("ｆｕｌｌ ﬁt", ["full", "fit"]), ("无线蓝牙耳机", ["无线", "蓝牙", "耳机"]),
  ])
  func cutsAndFolds(_ text: String, _ expected: [String]) throws {
    #expect(try terms(text) == expected)
  }

  /// The fast path must not be told from ICU's.
  @Test func asciiFastPathAgreesWithICU() throws {
    let seed = UInt64.random(in: 0..<(1 << 32))
    var random = SeededRandom(seed: seed)
    let analyzer = try Analyzer()
    let alphabet = Array("abcXYZ019 .,'-_:;/@\"&\t\n()".utf8)
    for _ in 0..<3000 {
      let text = (0..<Int.random(in: 0...60, using: &random)).map { _ in
        alphabet.randomElement(using: &random) ?? 0
      }
      var (fast, slow) = (TokenBuffer(), TokenBuffer())
      text.withUnsafeBufferPointer {
        analyzer.analyze($0, into: &fast)
        analyzer.analyzeUnicode($0, into: &slow)
      }
      #expect(fast.termBytes == slow.termBytes, "seed \(seed)")
      #expect(
        fast.tokens.map { [$0.termStart, $0.sourceStart, $0.sourceEnd] }
          == slow.tokens.map { [$0.termStart, $0.sourceStart, $0.sourceEnd] },
        "seed \(seed)"
      )
    }
  }
}

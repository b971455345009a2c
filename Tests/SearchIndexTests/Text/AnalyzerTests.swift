// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SearchIndex

struct AnalyzerTests {
  private func terms(_ text: String) throws -> [String] {
    let tokens = TokenBuffer()
    try Analyzer().analyze(text, into: tokens)
    return tokens.terms.map { String(decoding: $0, as: UTF8.self) }
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

  @Test(arguments: [
    ("Kaffee\u{AD}maschine", ["kaffeemaschine"]), ("می\u{200C}خواهم", ["میخواهم"]),
  ])
  func invisibleCharactersDoNotCutWords(_ text: String, _ expected: [String]) throws {
    #expect(try terms(text) == expected)
  }

  /// The fast path, alone and mixed with ICU's, must not be told from ICU's over the whole text.
  @Test func fastPathAgreesWithICU() throws {
    let seed = UInt64.random(in: 0..<(1 << 32))
    var random = SeededRandom(seed: seed)
    let analyzer = try Analyzer()
    let ascii = Array("abcXYZ019 .,'-_:;/@\"&\t\n()  ".unicodeScalars)
    let latin = (0x80..<0x250).compactMap { Unicode.Scalar(UInt32($0)) }
    let other = Array(
      "–’“”…€→≤™ℓΩ½日本語テスト無線耳機ภาษาไทยкотёنص\u{301}\u{AD}\u{200D}\u{200B}👩🇩🇪".unicodeScalars
    )
    for round in 0..<6000 {
      var text = String.UnicodeScalarView()
      for _ in 0..<Int.random(in: 0...60, using: &random) {
        let dice = Int.random(in: 0..<100, using: &random)
        let alphabet =
          dice < 70 || round % 3 == 0 ? ascii : dice < 90 || round % 3 == 1 ? latin : other
        if let scalar = alphabet.randomElement(using: &random) { text.append(scalar) }
      }
      let (fast, slow) = (TokenBuffer(), TokenBuffer())
      analyzer.analyze(String(text), into: fast)
      Array(String(text).utf8).withUnsafeBufferPointer { analyzer.analyzeUnicode($0, into: slow) }
      #expect(fast.terms == slow.terms, "seed \(seed) text \(String(text).debugDescription)")
      #expect(
        (0..<fast.count).map { [fast[$0].sourceStart, fast[$0].sourceEnd] }
          == (0..<slow.count).map { [slow[$0].sourceStart, slow[$0].sourceEnd] },
        "seed \(seed)"
      )
    }
  }
}

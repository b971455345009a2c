// SPDX-License-Identifier: Apache-2.0

import Testing
import UnicodeText

struct FoldingTests {
  private func fold(_ text: String) throws -> String {
    String(decoding: try #require(Folding()).fold(Array(text.utf16)), as: UTF16.self)
  }

  @Test(arguments: [
    ("LAMP", "lamp"), ("Außergewöhnlich", "aussergewohnlich"), ("İstanbul", "istanbul"),
    ("ıssız", "issiz"), ("Łódź", "lodz"), ("smørrebrød", "smorrebrod"), ("Æther", "aether"),
    ("œuvre", "oeuvre"), ("Þór", "thor"), ("ﬁne", "fine"), ("ＫＸ１６", "kx16"), ("①", "1"),
    ("Ελλάδα", "ελλαδα"), ("ΣΊΣΥΦΟΣ", "σισυφοσ"), ("Ёлка", "елка"), ("e\u{301}", "e"),
    ("naïve", "naive"), ("", ""),
  ])
  func foldsCaseWidthAndAccents(_ text: String, _ expected: String) throws {
    #expect(try fold(text) == expected)
  }

  /// Marks that tell words apart stay: Japanese voicing, Thai tones and vowels, Hindi vowels.
  @Test(arguments: ["が", "パン", "น้ำ", "กี่", "हिन्दी"])
  func keepsMarksThatAreLetters(_ text: String) throws {
    let folded = try fold(text)
    #expect(folded.unicodeScalars.count >= text.unicodeScalars.count)
    #expect(try fold("ﾊﾟﾝ") == "パン")
    #expect(try fold("か") != fold("が"))
  }

  @Test func isTheSameTheSecondTime() throws {
    let folding = try #require(Folding())
    for range in [0x20...0x24F, 0x370...0x6FF, 0xE00...0xE5B, 0x1E00...0x1FFF, 0x3041...0x30FE] {
      for value in range {
        guard let scalar = Unicode.Scalar(UInt32(value)) else { continue }
        let once = folding.fold(Array(String(scalar).utf16))
        #expect(folding.fold(once) == once, "U+\(String(value, radix: 16))")
      }
    }
  }

  @Test func readsScalarsAndLoneSurrogates() {
    #expect(Folding.scalar(Array("😀".utf16), 0) == (0x1F600, 2))
    #expect(Folding.scalar([0xD83D], 0) == (0xD83D, 1))
    #expect(Folding.scalar([0xDE00, 0x61], 0) == (0xDE00, 1))
    #expect(
      Folding.isWordScalar(0x61) && Folding.isWordScalar(0x0E33) && Folding.isWordScalar(0x31)
    )
    #expect(
      !Folding.isWordScalar(0x20) && !Folding.isWordScalar(0x2D) && !Folding.isWordScalar(0xD83D)
    )
  }
}

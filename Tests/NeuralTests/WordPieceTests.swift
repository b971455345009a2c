// SPDX-License-Identifier: Apache-2.0

import Foundation
import Neural
import TestSupport
import Testing

@Suite struct WordPieceTests {
  private static let folder =
    #filePath.split(separator: "/").dropLast().map { "/" + $0 }.joined()
    + "/Fixtures/wordpiece/"

  /// The characters of generate.py, which draws the same strings.
  private static let ranges: [(UInt32, UInt32)] = [
    (0x20, 0x7E), (0x61, 0x7A), (0xA0, 0x24F), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x52F),
    (0x590, 0x6FF), (0x900, 0x97F), (0xE00, 0xE7F), (0x1E00, 0x1FFF), (0x2000, 0x22FF),
    (0x3000, 0x30FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xF900, 0xFFFF), (0x1F300, 0x1FAFF),
    (0x00, 0x1F), (0x80, 0xD7FF), (0x10000, 0x10FFFF),
  ]

  private static func lines(_ name: String) throws -> [String] {
    let text = try String(contentsOfFile: folder + name, encoding: .utf8)
    return text.unicodeScalars.split(separator: "\n").map { String($0) }
  }

  private static func strings() throws -> [String] {
    let (pieces, sentences) = (try lines("pieces.txt"), try lines("sentences.txt"))
    var random = SeededRandom(seed: 2026)
    func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }
    func character() -> String {
      let (low, high) = ranges[below(ranges.count)]
      return Unicode.Scalar(low + UInt32(below(Int(high - low + 1)))).map { String($0) } ?? ""
    }
    func part() -> String {
      switch below(10) {
      case 0..<5:
        let piece = pieces[below(pieces.count)].unicodeScalars
        return String(piece.starts(with: "##".unicodeScalars) ? piece.dropFirst(2) : piece[...])
      case 5: return pieces[below(pieces.count)].uppercased()
      case 6..<9: return (0..<(1 + below(6))).map { _ in character() }.joined()
      default:
        let sentence = Array(sentences[below(sentences.count)].unicodeScalars)
        let rest = sentence[below(sentence.count)...]
        var text = String.UnicodeScalarView()
        text.append(contentsOf: rest.prefix(1 + below(40)))
        return String(text)
      }
    }
    let drawn = (0..<10_000).map { _ in
      var text = ""
      for _ in 0..<(1 + below(14)) {
        text += part()
        if below(3) > 0 { text += " " }
      }
      return text
    }
    return Array((sentences + drawn).prefix(10_000))
  }

  private static func hash(_ numbers: [Int32], _ start: UInt64 = 0xCBF2_9CE4_8422_2325) -> UInt64 {
    numbers.reduce(start) { hash, number in
      withUnsafeBytes(of: number.littleEndian) {
        $0.reduce(hash) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
      }
    }
  }

  /// The numbers of strings whose tokens are not the reference's.
  private static func differences(vocabulary: String, hashes: String) throws -> [Int] {
    let tokenizer = try WordPieceTokenizer(Vocabulary(path: vocabulary))
    let expected = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + hashes)))
    let strings = try strings()
    try #require(expected.count == 4 * strings.count)
    return strings.indices.filter { index in
      let alone = tokenizer.tokens(of: strings[index], limit: 2 + index % 60)
      let next = strings[(index + 1) % strings.count]
      let pair = tokenizer.tokens(of: strings[index], and: next, limit: 3 + 2 * (index % 30))
      let found = hash(pair.types, hash(pair.tokens, hash(alone)))
      let reference = (0..<4).reduce(UInt32(0)) {
        $0 | UInt32(expected[4 * index + $1]) << (8 * $1)
      }
      return UInt32(truncatingIfNeeded: found) != reference
    }
  }

  /// `generate.py --show N` prints what the reference makes of string N.
  @Test func tokensAreTheReferences() throws {
    let wrong = try Self.differences(
      vocabulary: Self.folder + "pieces.txt",
      hashes: "pieces.hashes"
    )
    #expect(wrong.isEmpty, "strings \(wrong.prefix(20))")
  }

  private static let installed =
    (ProcessInfo.processInfo.environment["MARTLET_NEURAL_DIR"]
      ?? NSHomeDirectory() + "/.local/share/martlet/neural") + "/models/minilm/vocab.txt"

  @Test(.enabled(if: FileManager.default.fileExists(atPath: installed)))
  func tokensAreTheReferencesWithTheWholeVocabulary() throws {
    let wrong = try Self.differences(vocabulary: Self.installed, hashes: "minilm.hashes")
    #expect(wrong.isEmpty, "strings \(wrong.prefix(20))")
  }

  @Test func framesAndCuts() throws {
    let lines = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nwire\n##less\n##s\nmouse\n,\r\n"
    let tokenizer = try WordPieceTokenizer(Vocabulary(Array(lines.utf8)))
    #expect(tokenizer.tokens(of: "Wireless, mouse!", limit: 9) == [2, 4, 5, 8, 7, 1, 3])
    #expect(tokenizer.tokens(of: "Wireless mouse", limit: 4) == [2, 4, 5, 3])
    #expect(tokenizer.tokens(of: "", limit: 4) == [2, 3])
    #expect(tokenizer.tokens(of: "mouse", limit: 0) == [2, 3])
    let pair = tokenizer.tokens(of: "mouse", and: "wireless wires", limit: 7)
    #expect(pair.tokens == [2, 7, 3, 4, 5, 4, 3])
    #expect(pair.types == [0, 0, 0, 1, 1, 1, 1])
  }

  @Test func longTextsAreReadOnlyAsFarAsNeeded() throws {
    let tokenizer = try WordPieceTokenizer(Vocabulary(path: Self.folder + "pieces.txt"))
    let text = String(repeating: "ß", count: 5_000_000)
    #expect(tokenizer.tokens(of: text, limit: 128).count == 3)
  }

  @Test func badVocabulariesAreRefused() {
    #expect(throws: TokenizerError.self) { try Vocabulary(path: "/nowhere") }
    #expect(throws: TokenizerError.self) { try Vocabulary([]) }
    #expect(throws: TokenizerError.self) { try Vocabulary(Array("[CLS]\n[SEP]\n".utf8)) }
    #expect(throws: TokenizerError.self) {
      try Vocabulary([UInt8](repeating: 0x0A, count: (1 << 20) + 1))
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SearchIndex

struct TermDictionaryTests {
  private func build(_ terms: [[UInt8]]) throws -> [UInt8] {
    var writer = TermDictionaryWriter()
    for (index, term) in terms.enumerated() {
      try term.withUnsafeBufferPointer {
        try writer.add(
          term: $0,
          documentFrequency: UInt32(index * 7 % 100 + 1),
          payload: [UInt8(index & 0xFF)]
        )
      }
    }
    return writer.finish()
  }

  private func randomTerms(_ random: inout SeededRandom) -> [[UInt8]] {
    let letters = Array("abcdeé").map { Array(String($0).utf8) }
    var terms: Set<[UInt8]> = []
    for _ in 0..<Int.random(in: 1...600, using: &random) {
      let count = Int.random(in: 1...7, using: &random)
      terms.insert((0..<count).flatMap { _ in letters.randomElement(using: &random) ?? [] })
    }
    return terms.sorted { $0.lexicographicallyPrecedes($1) }
  }

  @Test func workedExample() throws {
    var writer = TermDictionaryWriter()
    try Array("ab".utf8).withUnsafeBufferPointer {
      try writer.add(term: $0, documentFrequency: 3, payload: [0x7F])
    }
    try Array("ac".utf8).withUnsafeBufferPointer {
      try writer.add(term: $0, documentFrequency: 1, payload: [0x01])
    }
    #expect(
      writer.finish().suffix(13) == [0, 2, 0x61, 0x62, 3, 1, 0x7F, 1, 1, 0x63, 1, 1, 1]
    )
  }

  @Test(arguments: 0..<20)
  func agreesWithASortedArray(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let terms = randomTerms(&random)
    try build(terms).withUnsafeBytes { bytes in
      let dictionary = try TermDictionary(bytes)
      for (index, term) in terms.enumerated() {
        #expect(dictionary.lookUp(term)?.payload.first == UInt8(index & 0xFF), "seed \(seed)")
      }
      for _ in 0..<30 {
        let word = Array((randomTerms(&random).randomElement(using: &random) ?? []).prefix(9))
        #expect((dictionary.lookUp(word) != nil) == terms.contains(word), "seed \(seed)")
        let prefixed = Set(dictionary.expand(prefix: word, limit: 1000).map(\.term))
        #expect(prefixed == Set(terms.filter { $0.starts(with: word) }), "seed \(seed)")
        for edits in 1...2 {
          let found = dictionary.fuzzy(word, maximumEdits: edits, prefix: false, limit: 10_000)
          let wanted = terms.filter { Self.distance($0, word) <= edits }
          #expect(Set(found.map(\.entry.term)) == Set(wanted), "seed \(seed) edits \(edits)")
        }
      }
    }
  }

  /// Any bytes may be read; what matters is that none traps.
  @Test func damagedBytesNeverTrap() throws {
    var random = SeededRandom(seed: 5)
    let bytes = try build(randomTerms(&random))
    for _ in 0..<2000 {
      var damaged = bytes
      damaged[Int.random(in: 0..<bytes.count, using: &random)] ^=
        1 << UInt8.random(in: 0..<8, using: &random)
      let cut = Int.random(in: 0...bytes.count, using: &random)
      damaged.prefix(Bool.random(using: &random) ? cut : bytes.count).withUnsafeBytes { bytes in
        guard let dictionary = try? TermDictionary(bytes) else { return }
        _ = dictionary.lookUp(Array("abc".utf8))
        _ = dictionary.expand(prefix: Array("a".utf8), limit: 10)
      }
    }
  }

  /// Optimal string alignment by its definition.
  private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    let a = Array(String(decoding: a, as: UTF8.self).unicodeScalars)
    let b = Array(String(decoding: b, as: UTF8.self).unicodeScalars)
    var d = (0...a.count).map { i in (0...b.count).map { i == 0 ? $0 : $0 == 0 ? i : 0 } }
    for i in stride(from: 1, through: a.count, by: 1) {
      for j in stride(from: 1, through: b.count, by: 1) {
        d[i][j] = min(
          d[i - 1][j] + 1,
          d[i][j - 1] + 1,
          d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
        )
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
          d[i][j] = min(d[i][j], d[i - 2][j - 2] + 1)
        }
      }
    }
    return d[a.count][b.count]
  }
}

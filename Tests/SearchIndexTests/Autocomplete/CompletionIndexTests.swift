// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import SearchIndex

struct CompletionIndexTests {
  private func suggest(
    _ query: String,
    _ index: CompletionIndex,
    limit: Int = 10
  ) throws -> [Completion] {
    try CompletionSearcher().suggest(query, in: CompletionSnapshot(index), limit: limit)
  }

  @Test func entriesComeBackWhole() throws {
    let entries = [
      CompletionEntry(text: "Charger", score: 9, count: 70_000, kind: .query, category: "Phones"),
      CompletionEntry(text: "Canon EOS R5", score: 8, kind: .title),
      CompletionEntry(text: "Canon Eos 5 Kit", score: 7.5),
      CompletionEntry(text: "Canon", score: 7, count: 3, kind: .brand, category: "Cameras"),
      CompletionEntry(text: "  Café — Crème!", score: 0.5, kind: .category, category: "Phones"),
    ]
    let index = try completionIndex(entries)
    #expect(try suggest("", index).map(\.entry) == entries)
    #expect(try suggest("c", index, limit: 2).map(\.entry) == Array(entries[..<2]))
    #expect(try suggest("!!", index).isEmpty)
  }

  @Test func equalKeysBecomeOne() throws {
    let index = try completionIndex([
      CompletionEntry(text: "iphone case", score: 2),
      CompletionEntry(text: "iPhone Case", score: 5),
      CompletionEntry(text: "IPHONE-CASE", score: 1), CompletionEntry(text: "  ", score: 9),
    ])
    let found = try suggest("iph", index)
    #expect(found.map(\.entry.text) == ["iPhone Case"])
    #expect(found.first?.entry.score == 8)
  }

  @Test func nearDuplicatesBecomeOneThatAnswersToAll() throws {
    let entries = [
      CompletionEntry(text: "wifi router", score: 5),
      CompletionEntry(text: "Wi-Fi routers", score: 3),
      CompletionEntry(text: "1 10 bass", score: 2), CompletionEntry(text: "11 0 bass", score: 1),
    ]
    let index = try completionIndex(entries, .nearDuplicates)
    #expect(index.count == 3)
    for query in ["wifi r", "wi fi r", "routers", "fi wi"] {
      let found = try suggest(query, index)
      #expect(found.map(\.entry.text) == ["wifi router"], "\(query)")
      #expect(found.first?.entry.score == 8)
    }
    #expect(try suggest("1", index).count == 2)
  }

  @Test func oddScoresCountAsZero() throws {
    let index = try completionIndex([
      CompletionEntry(text: "a", score: .nan), CompletionEntry(text: "b", score: -.infinity),
      CompletionEntry(text: "c", score: 1), CompletionEntry(text: "d", score: .infinity),
    ])
    #expect(try suggest("", index).map(\.entry.text) == ["c", "a", "b", "d"])
  }

  @Test func anEmptyIndexAnswersNothing() throws {
    let index = try completionIndex([])
    for query in ["", "a", "abcd efgh"] { #expect(try suggest(query, index).isEmpty) }
  }

  @Test func longTextsAreFoundByTheirBeginning() throws {
    let long = String(repeating: "Größe äé 4090 ", count: 60)
    let index = try completionIndex(
      ranked([long, long + "x", String(repeating: "y", count: 9999)])
    )
    #expect(try suggest("grosse ae", index).map(\.entry.text) == [long])
    #expect(try suggest(String(repeating: "y", count: 5000), index).count == 1)
    #expect(try suggest(long, index).first?.entry.text == long)
  }

  @Test func mapsAFile() throws {
    try withTemporaryDirectory { directory in
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      let builder = try CompletionIndexBuilder()
      builder.add(CompletionEntry(text: "usb cable", score: 1))
      try Data(builder.build()).write(to: URL(fileURLWithPath: directory + "/c"))
      let index = try CompletionIndex(path: directory + "/c")
      #expect(try suggest("ca", index).map(\.entry.text) == ["usb cable"])
      #expect(throws: IndexError.self) { _ = try CompletionIndex(path: directory + "/none") }
    }
  }

  /// Every flipped bit and every cut is noticed.
  @Test func damageIsNoticed() throws {
    var random = SeededRandom(seed: 1)
    let bytes = try stored(&random)
    for _ in 0..<300 {
      var damaged = bytes
      damaged[Int.random(in: 0..<bytes.count, using: &random)] ^=
        1 << UInt8.random(in: 0..<8, using: &random)
      #expect(throws: IndexError.self) { _ = try CompletionIndex(copying: damaged) }
      let cut = Int.random(in: 0..<bytes.count, using: &random)
      #expect(throws: IndexError.self) { _ = try CompletionIndex(copying: Array(bytes[..<cut])) }
    }
  }

  /// Bytes that are wrong but carry a right checksum may give anything but a trap.
  @Test func forgedBytesNeverTrap() throws {
    var random = SeededRandom(seed: 2)
    let bytes = try stored(&random)
    let searcher = try CompletionSearcher()
    let entries = randomCompletions(50, &random)
    var opened = 0
    for _ in 0..<3000 {
      var payload = Array(bytes[8..<(bytes.count - 8)])
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        payload[Int.random(in: 0..<payload.count, using: &random)] = UInt8.random(
          in: 0...255,
          using: &random
        )
      }
      let forged = FormatHeader.wrap(payload, kind: .completions)
      guard let index = try? CompletionIndex(copying: forged) else { continue }
      opened += 1
      let snapshot = CompletionSnapshot(index)
      for _ in 0..<4 {
        let query = randomPrefix(entries, 0...1, &random)
        #expect(searcher.suggest(query, in: snapshot, limit: 20).count <= 20)
      }
      index.forEachEntry(besides: nil) { #expect($0.key.count < KeyTable.bufferSize) }
    }
    #expect(opened > 500)
  }

  private func stored(_ random: inout SeededRandom) throws -> [UInt8] {
    let builder = try CompletionIndexBuilder()
    for entry in randomCompletions(300, &random) + ranked(["无线耳机", "Müller", "naïve"]) {
      builder.add(entry)
    }
    return try builder.build()
  }
}

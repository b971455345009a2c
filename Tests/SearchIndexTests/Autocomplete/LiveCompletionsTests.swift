// SPDX-License-Identifier: Apache-2.0

import Dispatch
import TestSupport
import Testing

@testable import SearchIndex

struct LiveCompletionsTests {
  /// Random changes against a dictionary by key.
  @Test(arguments: 0..<4)
  func agreesWithADictionary(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let pool = randomCompletions(1500, &random)
    let base = Array(pool[..<300])
    let live = try LiveCompletions(base: seed % 2 == 0 ? try completionIndex(base) : nil)
    let text = try CompletionText()
    func key(_ text: String, _ folder: CompletionText) -> [UInt8] {
      folder.fold(text, isQuery: false).key
    }
    var model: [[UInt8]: CompletionEntry] = [:]
    if seed % 2 == 0 {
      // Equal keys of the base are one completion, whose score is their sum.
      for level in live.snapshot.levels {
        level.index.forEachEntry(besides: nil) { model[$0.key] = $0.entry }
      }
    }
    let searcher = try CompletionSearcher()
    var options = CompletionOptions()
    options.readsOtherLayouts = false
    options.joinsNearDuplicates = false
    for turn in 0..<200 {
      let entries = (0..<Int.random(in: 1...20, using: &random)).compactMap { _ in
        pool.randomElement(using: &random)
      }
      if turn % 5 == 4 {
        try live.remove(entries.map(\.text))
        for entry in entries { model[key(entry.text, text)] = nil }
      } else {
        try live.put(entries)
        for entry in entries where !key(entry.text, text).isEmpty {
          model[key(entry.text, text)] = entry
        }
      }
      if turn % 67 == 0 { live.waitForMerges() }
      let snapshot = live.snapshot
      #expect(snapshot.count == model.count, "seed \(seed) turn \(turn)")
      guard turn % 20 == 0 else { continue }
      let reference = try CompletionReference(Array(model.values))
      for _ in 0..<10 {
        let query = randomPrefix(pool, 0...0, &random)
        let found = searcher.suggest(query, in: snapshot, limit: 5, options: options)
        let expected = reference.suggest(query, limit: 5, options: options)
        #expect(found.map(\.entry.text) == expected, "seed \(seed) turn \(turn) '\(query)'")
      }
    }
    live.waitForMerges()
    #expect(live.snapshot.levels.count <= 8)
    let exported = try CompletionIndex(copying: live.export())
    #expect(exported.count == model.count)
  }

  @Test func aRecountMovesACompletion() throws {
    let live = try LiveCompletions(base: completionIndex(ranked(["usb cable", "usb hub"])))
    let searcher = try CompletionSearcher()
    let before = live.snapshot
    try live.put([CompletionEntry(text: "USB hub", score: 100, count: 7)])
    let found = searcher.suggest("usb", in: live.snapshot)
    #expect(found.map(\.entry.text) == ["USB hub", "usb cable"])
    #expect(found.first?.entry.count == 7)
    #expect(searcher.suggest("usb", in: before).map(\.entry.text) == ["usb cable", "usb hub"])
  }

  /// Texts that are as good as the same become one wherever they came from: the index built first,
  /// changes since, or changes that were merged.
  @Test func nearDuplicatesBecomeOneHoweverLateTheyCome() throws {
    let builder = try CompletionIndexBuilder()
    for entry in ranked(["wi fi router", "wifi routers", "tent", "tent pegs"]) {
      builder.add(entry)
    }
    let live = try LiveCompletions(base: CompletionIndex(copying: builder.build()))
    let searcher = try CompletionSearcher()
    func shown(_ query: String) -> [String] {
      searcher.suggest(query, in: live.snapshot).map(\.entry.text)
    }
    #expect(shown("wi").count == 1)
    try live.put([
      CompletionEntry(text: "Tents", score: 0.5), CompletionEntry(text: "wifi router", score: 900),
    ])
    #expect(shown("wi") == ["wifi router"])
    #expect(shown("te") == ["tent", "tent pegs"])
    // What was shown gives way once it is the less popular.
    try live.put([CompletionEntry(text: "Tents", score: 1000)])
    #expect(shown("te") == ["Tents", "tent pegs"])
    // A word in another place, and a slip of typing.
    #expect(shown("pegs te") == ["tent pegs"])
    #expect(shown("tentz") == ["Tents", "tent pegs"] || shown("tentz") == ["Tents"])
    try live.put((0..<600).map { CompletionEntry(text: "filler \($0)", score: 1) })
    live.waitForMerges()
    #expect(shown("te") == ["Tents", "tent pegs"])
    #expect(shown("wi") == ["wifi router"])
  }

  /// Those that are left out do not cost places.
  @Test func nearDuplicatesLeaveNoGaps() throws {
    let live = try LiveCompletions(base: completionIndex(ranked((0..<8).map { "lamp \($0)" })))
    try live.put((0..<4).map { CompletionEntry(text: "Lamps \($0)", score: 500 - Float($0)) })
    let found = try CompletionSearcher().suggest("la", in: live.snapshot, limit: 6)
    #expect(Set(found.map { $0.entry.text.filter(\.isNumber) }).count == 6)
  }

  /// Every script, put in while the index is searched.
  @Test(arguments: CompletionLanguageTests.texts)
  func everyBeginningFindsWhatCameLate(_ text: String) throws {
    let live = try LiveCompletions(base: completionIndex(ranked(["usb hub", "red lamp"])))
    try live.put(ranked(CompletionLanguageTests.texts))
    let searcher = try CompletionSearcher()
    for length in 1...text.count {
      let found = searcher.suggest(String(text.prefix(length)), in: live.snapshot, limit: 20)
      #expect(found.contains { $0.entry.text == text }, "after \(length) characters")
    }
  }

  @Test func blockedWordsHideAndComeBack() throws {
    let live = try LiveCompletions(
      base: completionIndex(ranked(["gun oil", "water gun", "oil filter", "hot glue gun"]))
    )
    let searcher = try CompletionSearcher()
    func all() -> Set<String> {
      Set(searcher.suggest("", in: live.snapshot).map(\.entry.text))
    }
    live.block(["GUN"])
    try live.put([CompletionEntry(text: "Gun safe", score: 50)])
    #expect(all() == ["oil filter"])
    live.block(["glue hot", "filter"])
    #expect(all() == ["gun oil", "water gun", "Gun safe"])
    live.block([])
    #expect(all().count == 5)
  }

  /// Readers on other threads always see whole states: the two entries have one score.
  @Test func readersSeeWholeChanges() throws {
    let live = try LiveCompletions(base: completionIndex(ranked(["pair one", "pair two"])))
    try live.put([
      CompletionEntry(text: "pair one", score: 0), CompletionEntry(text: "pair two", score: 0),
    ])
    DispatchQueue.concurrentPerform(iterations: 3) { worker in
      guard let searcher = try? CompletionSearcher() else { return }
      for turn in 1...600 {
        if worker == 0 {
          let more = CompletionEntry(text: "filler \(turn)", score: 1)
          let pair = ["pair one", "pair two"].map {
            CompletionEntry(text: $0, score: Float(turn))
          }
          try? live.put(pair + [more])
        } else {
          let scores = Set(searcher.suggest("pair", in: live.snapshot).map(\.entry.score))
          #expect(scores.count == 1)
        }
      }
    }
    live.waitForMerges()
    #expect(live.snapshot.count == 602)
  }
}

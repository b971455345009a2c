// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SearchIndex

/// The index against reading every completion.
struct CompletionPropertyTests {
  @Test(arguments: 0..<12)
  func agreesWithReadingAll(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let entries = randomCompletions([1, 30, 400, 1500][seed % 4], &random)
    let index = try completionIndex(entries)
    let reference = try CompletionReference(entries)
    let searcher = try CompletionSearcher()
    let snapshot = CompletionSnapshot(index)
    var options = CompletionOptions()
    options.readsOtherLayouts = false
    for turn in 0..<150 {
      options.maximumTypos = turn % 3
      options.typoThreshold = [1, 5][turn % 2]
      let limit = [1, 3, 10, 50][turn % 4]
      let query = randomPrefix(entries, 0...2, &random)
      let found = searcher.suggest(query, in: snapshot, limit: limit, options: options)
      let expected = reference.suggest(query, limit: limit, options: options)
      #expect(found.map(\.entry.text) == expected, "seed \(seed) query '\(query)' limit \(limit)")
      let words = searcher.words(query, in: snapshot, limit: limit)
      #expect(words.map(\.entry.text) == reference.words(query, limit: limit), "seed \(seed)")
    }
  }

  /// Several levels must answer as one index of all would.
  @Test(arguments: 0..<6)
  func levelsAgreeWithOneIndex(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(100 + seed))
    let all = randomCompletions(300, &random)
    var parts: [[CompletionEntry]] = [[], [], []]
    // Equal keys must not lie in two levels.
    let text = try CompletionText()
    var seen: Set<[UInt8]> = []
    for entry in all where seen.insert(text.fold(entry.text, isQuery: false).key).inserted {
      parts[Int.random(in: 0..<3, using: &random)].append(entry)
    }
    let snapshot = CompletionSnapshot(
      levels: try parts.map { CompletionLevel(index: try completionIndex($0), hidden: nil) }
    )
    let reference = try CompletionReference(parts.flatMap { $0 })
    let searcher = try CompletionSearcher()
    var options = CompletionOptions()
    options.readsOtherLayouts = false
    options.joinsNearDuplicates = false
    for _ in 0..<100 {
      let query = randomPrefix(all, 0...1, &random)
      let found = searcher.suggest(query, in: snapshot, limit: 7, options: options)
      let expected = reference.suggest(query, limit: 7, options: options)
      #expect(found.map(\.entry.text) == expected, "seed \(seed) query '\(query)'")
    }
  }
}

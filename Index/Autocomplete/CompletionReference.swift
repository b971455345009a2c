// SPDX-License-Identifier: Apache-2.0

/// The plainest form of completion: every entry is looked at, best first.
///
/// Says what a ``CompletionSearcher`` must return, for tests and benchmarks. One thread at a time.
public final class CompletionReference {
  private struct Item {
    var text: String
    /// The own key and the aliases, each after a line feed; then all words, each after a space.
    var keys: Range<Int>
    var words: Range<Int>
  }

  /// One word that a completion must have.
  private struct Test: Hashable {
    var word: [UInt8]
    var isOpen: Bool
    var edits: Int
  }

  private let text: CompletionText
  private var items: [Item] = []
  private var arena: [UInt8] = []

  /// Folds entries and joins those of equal keys.
  ///
  /// - Throws: ``IndexError`` if ICU's data is missing.
  public init(_ entries: [CompletionEntry]) throws(IndexError) {
    text = try CompletionText()
    var best: [[UInt8]: (entry: CompletionEntry, sum: Float)] = [:]
    for entry in entries {
      let key = text.fold(entry.text, isQuery: false).key
      guard !key.isEmpty else { continue }
      let score = entry.score.isFinite && entry.score > 0 ? entry.score : 0
      if let known = best[key] {
        best[key] = (score > known.entry.score ? entry : known.entry, known.sum + score)
      } else {
        best[key] = (entry, score)
      }
    }
    let ordered = best.sorted { a, b in
      a.value.sum != b.value.sum
        ? a.value.sum > b.value.sum : a.key.lexicographicallyPrecedes(b.key)
    }
    for (key, value) in ordered {
      let folded = text.fold(value.entry.text, isQuery: false, isMapped: true)
      let aliases =
        folded.isASCII ? CompletionAliases() : text.aliases(of: value.entry.text, folded)
      let start = arena.count
      for name in [key] + aliases.keys { arena += [0x0A] + name }
      let middle = arena.count
      arena += [0x20] + key + [0x20] + aliases.words
      items.append(
        Item(text: value.entry.text, keys: start..<middle, words: middle..<arena.count)
      )
    }
  }

  /// The texts that ``CompletionSearcher/suggest(_:in:limit:options:)`` must return, in order.
  public func suggest(
    _ query: String,
    limit: Int,
    options: CompletionOptions = CompletionOptions()
  ) -> [String] {
    let folded = text.fold(query, isQuery: true)
    guard !folded.key.isEmpty || query.allSatisfy(\.isWhitespace) else { return [] }
    var found = add(limit, []) { hasKey($0, folded.key) }
    let parsed = CompletionQuery(folded)
    guard found.count < options.wordsThreshold, !parsed.words.isEmpty else { return texts(found) }
    let exact = parsed.words.indices.map {
      Test(word: parsed.words[$0], isOpen: parsed.isOpen($0), edits: 0)
    }
    found = add(limit, found) { item in exact.allSatisfy { has($0, item) } }
    for edits in stride(from: 1, through: min(2, options.maximumTypos), by: 1) {
      guard found.count < options.typoThreshold else { break }
      let ways = Self.alternatives(exact, edits)
      var near: [[UInt8]: Set<Test>] = [:]
      found = add(limit, found) { item in matches(item, ways, &near) }
    }
    return texts(found)
  }

  /// The places of the completions whose words match without slips, the best `limit` of them.
  func words(_ query: String, limit: Int) -> [String] {
    let parsed = CompletionQuery(text.fold(query, isQuery: true))
    guard !parsed.words.isEmpty else { return [] }
    let exact = parsed.words.indices.map {
      Test(word: parsed.words[$0], isOpen: parsed.isOpen($0), edits: 0)
    }
    return texts(add(limit, []) { item in exact.allSatisfy { has($0, item) } })
  }

  private func texts(_ found: [Int]) -> [String] { found.map { items[$0].text } }

  private func add(_ limit: Int, _ known: [Int], _ matches: (Item) -> Bool) -> [Int] {
    var found = known
    for (place, item) in items.enumerated() {
      if found.count >= limit { break }
      if matches(item), !known.contains(place) { found.append(place) }
    }
    return found
  }

  private func hasKey(_ item: Item, _ prefix: [UInt8]) -> Bool {
    follows(0x0A, prefix, item.keys)
  }

  /// Whether `bytes` stand anywhere in a range of the arena right after `mark`.
  private func follows(_ mark: UInt8, _ bytes: [UInt8], _ range: Range<Int>) -> Bool {
    arena.withUnsafeBufferPointer { arena in
      bytes.withUnsafeBufferPointer { bytes in
        for place in range
        where arena[place] == mark && place + bytes.count < range.upperBound {
          var same = 0
          while same < bytes.count, arena[place + 1 + same] == bytes[same] { same += 1 }
          if same == bytes.count { return true }
        }
        return false
      }
    }
  }

  private func has(_ test: Test, _ item: Item) -> Bool {
    if test.isOpen { return follows(0x20, test.word, item.words) }
    return arena[item.words].split(separator: 0x20).contains { $0.elementsEqual(test.word) }
  }

  /// What a query with slips may stand for.
  private static func alternatives(_ exact: [Test], _ edits: Int) -> [[Test]] {
    func slips(_ place: Int, _ most: Int) -> Int {
      min(most, CompletionLevel.allowedEdits(exact[place].word, isOpen: exact[place].isOpen))
    }
    var ways: [[Test]] = []
    for place in exact.indices {
      var way = exact
      way[place].edits = slips(place, edits)
      ways.append(way)
      let word = exact[place].word
      for cut in stride(from: 1, to: word.count, by: 1) where word[cut] & 0xC0 != 0x80 {
        way = exact
        let right = Test(word: Array(word[cut...]), isOpen: exact[place].isOpen, edits: 0)
        way.replaceSubrange(
          place...place,
          with: [Test(word: Array(word[..<cut]), isOpen: false, edits: 0), right]
        )
        ways.append(way)
      }
      if place + 1 < exact.count {
        way = exact
        way[place + 1].word = exact[place].word + exact[place + 1].word
        way.remove(at: place)
        ways.append(way)
      }
      guard edits > 1, exact.count <= CompletionLevel.mostPairedWords else { continue }
      for other in (place + 1)..<max(place + 1, exact.count) {
        way = exact
        way[place].edits = slips(place, 1)
        way[other].edits = slips(other, 1)
        ways.append(way)
      }
    }
    return ways
  }

  private func matches(
    _ item: Item,
    _ ways: [[Test]],
    _ near: inout [[UInt8]: Set<Test>]
  ) -> Bool {
    let tests = Set(ways.joined())
    var met: Set<Test> = []
    for word in arena[item.words].split(separator: 0x20).map(Array.init) {
      let known = near[word] ?? tests.filter { Self.isMet($0, by: word) }
      near[word] = known
      met.formUnion(known)
    }
    return ways.contains { $0.allSatisfy(met.contains) }
  }

  private static func isMet(_ test: Test, by word: [UInt8]) -> Bool {
    if test.edits == 0 { return test.isOpen ? word.starts(with: test.word) : word == test.word }
    return EditDistance.isWithin(
      test.edits,
      Array(String(decoding: test.word, as: UTF8.self).unicodeScalars),
      Array(String(decoding: word, as: UTF8.self).unicodeScalars),
      isPrefix: test.isOpen
    )
  }
}

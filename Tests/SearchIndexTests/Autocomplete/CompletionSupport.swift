// SPDX-License-Identifier: Apache-2.0

import TestSupport

@testable import SearchIndex

/// An index of entries, each its own completion unless keys are equal.
func completionIndex(
  _ entries: [CompletionEntry],
  _ collapse: CompletionIndexBuilder.Collapse = .equalKeys
) throws -> CompletionIndex {
  let builder = try CompletionIndexBuilder(collapse: collapse)
  for entry in entries { builder.add(entry) }
  return try CompletionIndex(copying: builder.build())
}

/// Entries of descending score.
func ranked(_ texts: [String]) -> [CompletionEntry] {
  texts.enumerated().map { CompletionEntry(text: $1, score: Float(texts.count - $0)) }
}

/// Texts of a few words over a small alphabet, so that prefixes, words and near misses abound.
func randomCompletions(_ count: Int, _ random: inout SeededRandom) -> [CompletionEntry] {
  let letters = ["a", "b", "c", "d", "e", "é", "ж", "B"]
  let lexicon = (0..<40).map { _ in
    (0..<Int.random(in: 1...9, using: &random)).map { _ in
      letters.randomElement(using: &random) ?? ""
    }.joined()
  }
  return (0..<count).map { _ in
    let words = (0..<Int.random(in: 1...4, using: &random)).map { _ in
      lexicon.randomElement(using: &random) ?? ""
    }
    let separator = ["-", " ", ", "].randomElement(using: &random) ?? ""
    return CompletionEntry(
      text: words.joined(separator: separator),
      score: Float(Int.random(in: 0...30, using: &random))
    )
  }
}

/// The beginning of a random entry, often with slips of typing.
func randomPrefix(
  _ entries: [CompletionEntry],
  _ slips: ClosedRange<Int>,
  _ random: inout SeededRandom
) -> String {
  var text = Array(entries.randomElement(using: &random)?.text ?? "a")
  if Bool.random(using: &random) {
    var words = String(text).split(separator: " ")
    words.shuffle(using: &random)
    text = Array(words.joined(separator: " "))
  }
  text = Array(text.prefix(Int.random(in: 1...max(1, text.count), using: &random)))
  for _ in 0..<Int.random(in: slips, using: &random) where text.count > 1 {
    let place = Int.random(in: 0..<(text.count - 1), using: &random)
    switch Int.random(in: 0..<4, using: &random) {
    case 0: text.remove(at: place)
    case 1: text.insert("abcdeж ".randomElement(using: &random) ?? "a", at: place)
    case 2: text.swapAt(place, place + 1)
    default: text[place] = "abcdeж ".randomElement(using: &random) ?? "a"
    }
  }
  return String(text)
}

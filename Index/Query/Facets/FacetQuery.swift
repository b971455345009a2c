// SPDX-License-Identifier: Apache-2.0

/// What shoppers type to find a value of a facet.
struct FacetQuery {
  private let words: [[Character]]
  private let typos: Int

  /// `typos`: Edits allowed in a word where no value has words that start as typed, 0...2.
  init(_ text: String, typos: Int) {
    words = Self.words(text)
    self.typos = typos
  }

  /// The values in which every word of the query begins a word; if there are none, those in which it
  /// does so but for typos.
  func matches(in values: [(value: String, count: Int)]) -> [(value: String, count: Int)] {
    guard !words.isEmpty else { return values }
    for edits in 0...max(0, min(2, typos)) {
      let found = values.filter { value in
        let parts = Self.words(value.value)
        return words.allSatisfy { word in
          // As for queries, short words must be right.
          let allowed = min(edits, word.count >= 7 ? 2 : word.count >= 4 ? 1 : 0)
          return parts.contains { Self.begins($0, with: word, edits: allowed) }
        }
      }
      if !found.isEmpty { return found }
    }
    return []
  }

  private static func words(_ text: String) -> [[Character]] {
    text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(Array.init)
  }

  /// Whether some beginning of a text is within `edits` of a word, by the Levenshtein distance.
  private static func begins(_ text: [Character], with word: [Character], edits: Int) -> Bool {
    guard edits > 0 else { return text.starts(with: word) }
    var row = Array(0...word.count)
    var best = row[word.count]
    for (index, letter) in text.prefix(word.count + edits).enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for column in word.indices {
        let above = row[column + 1]
        row[column + 1] = min(
          min(above, row[column]) + 1,
          diagonal + (word[column] == letter ? 0 : 1)
        )
        diagonal = above
      }
      best = min(best, row[word.count])
    }
    return best <= edits
  }
}

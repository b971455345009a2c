// SPDX-License-Identifier: Apache-2.0

/// A query taken apart: words to match, phrases to match, words and phrases to exclude.
struct ParsedQuery {
  /// Words read at most; the rest of a longer query is ignored.
  static let wordLimit = 32

  /// Folded words in order, those of phrases included.
  var words: [[UInt8]] = []
  /// Folded words of each phrase in quotes.
  var phrases: [[[UInt8]]] = []
  /// Folded words of each excluded word or phrase.
  var excluded: [[[UInt8]]] = []
  /// Whether the text ends in the midst of a word, which may then go on.
  var endsInWord = false

  /// Whether the text asks for everything, or for everything but what it excludes.
  var asksForAll = false

  /// Parses a shopper's text; every text is a query.
  ///
  /// `isPreSegmented`: Take what stands between spaces as one word.
  init(
    _ text: String,
    analyzer: Analyzer,
    stopWords: Set<String>,
    isPreSegmented: Bool = false
  ) {
    let tokens = TokenBuffer()
    func terms(_ text: Substring) -> [[UInt8]] {
      analyzer.analyze(String(text), into: tokens)
      return tokens.terms
    }
    var rest = text.prefix(10_000)
    while let first = rest.first {
      if first.isWhitespace {
        rest = rest.dropFirst()
        endsInWord = false
        continue
      }
      // A minus excludes only at the start of a word, so "wi-fi" stays two words.
      let isExcluded = first == "-" && rest.dropFirst().first.map { !$0.isWhitespace } ?? false
      if isExcluded { rest = rest.dropFirst() }
      let isPhrase = rest.first == "\"" && rest.dropFirst().contains("\"")
      let part: Substring
      if isPhrase {
        part = rest.dropFirst().prefix { $0 != "\"" }
        rest = rest[part.endIndex...].dropFirst()
      } else {
        part = rest.prefix { !$0.isWhitespace }
        rest = rest[part.endIndex...]
      }
      let found = terms(part)
      endsInWord = !isPhrase && !isExcluded
      guard !found.isEmpty else { continue }
      if isExcluded {
        excluded.append(found)
      } else if isPhrase || (isPreSegmented && found.count > 1) {
        phrases.append(found)
        words += found
      } else {
        words += found
      }
    }
    asksForAll =
      words.isEmpty && (text.allSatisfy { $0.isWhitespace || $0 == "*" } || !excluded.isEmpty)
    let kept = words.filter { !stopWords.contains(String(decoding: $0, as: UTF8.self)) }
    if !kept.isEmpty {
      if kept.count < words.count, kept.last != words.last { endsInWord = false }
      words = kept
    }
    words = Array(words.prefix(Self.wordLimit))
  }
}

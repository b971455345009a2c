// SPDX-License-Identifier: Apache-2.0

/// Which words of a query with too few hits are left out first.
public enum DropOrder: Equatable, Sendable {
  /// Whichever leaves hits: documents with as many of the words as can be had.
  case any
  /// The last word first.
  case rightToLeft
  /// The first word first.
  case leftToRight
  /// From either end, in queries of at most so many words; longer ones lose the last word first.
  case bothSides(Int)

  /// The words that are kept, as ranges of which one must be in a document as a whole, when `required`
  /// of `count` words are; nil for any `required` of them.
  func kept(_ required: Int, of count: Int) -> [Range<Int>]? {
    let (first, last) = (0..<required, count - required..<count)
    switch self {
    case .any: return nil
    case .rightToLeft: return [first]
    case .leftToRight: return [last]
    case .bothSides(let most): return count <= most ? [first, last] : [first]
    }
  }
}

/// When a word is also looked for as two ("backpack": "back pack"), and two neighbours as one.
public enum SplitJoin: Equatable, Sendable {
  case never
  /// With too few hits.
  case fallback
  case always
}

/// When a word also stands for the terms that it is a part of ("phone": "headphones").
public enum Infix: Equatable, Sendable {
  case never
  /// With too few hits.
  case fallback
  case always
}

extension SearchRequest {
  /// Edits that a word's length allows, 0...2.
  func edits(in word: [UInt8]) -> Int {
    let length = word.scalarCount
    return length >= shortestForTwoTypos ? 2 : length >= shortestForOneTypo ? 1 : 0
  }

  /// What synonyms say may stand for parts of a query.
  func replacements(in words: [[UInt8]]) -> [SynonymTable.Replacement] {
    synonyms.flatMap { $0.replacements(in: words, synonymMatching, edits: edits) }
  }

  /// Whether a word may be misspelled as far as its digits go.
  func mayBeMisspelled(_ word: [UInt8]) -> Bool {
    let digits = word.count { (0x30...0x39).contains($0) }
    return digits == 0 || (digits == word.count ? typosInNumbers.digits : typosInNumbers.mixed)
  }
}

extension [UInt8] {
  /// Unicode scalars of UTF-8 text.
  var scalarCount: Int { count { $0 & 0xC0 != 0x80 } }
}

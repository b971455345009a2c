// SPDX-License-Identifier: Apache-2.0

/// One text to be suggested.
public struct CompletionEntry: Equatable, Sendable {
  /// Where a completion comes from.
  public enum Kind: UInt8, Sendable, CaseIterable {
    case query, title, brand, category

    /// The case's name.
    public var name: String {
      switch self {
      case .query: "query"
      case .title: "title"
      case .brand: "brand"
      case .category: "category"
      }
    }
  }

  /// What is shown, as it is shown.
  public var text: String
  /// What completions are ordered by; those not finite or below 0 count as 0.
  public var score: Float
  /// How many results it leads to, if that is known, else 0.
  public var count: UInt32
  /// Where it comes from.
  public var kind: Kind
  /// The category that it is meant in ("charger" in "Cell Phones").
  public var category: String?

  /// Creates an entry.
  public init(
    text: String,
    score: Float,
    count: UInt32 = 0,
    kind: Kind = .query,
    category: String? = nil
  ) {
    self.text = text
    self.score = score
    self.count = count
    self.kind = kind
    self.category = category
  }
}

/// A suggestion.
public struct Completion: Equatable, Sendable {
  /// How a completion answers to what was typed, best first.
  public enum Match: UInt8, Sendable, Comparable {
    /// It starts with what was typed.
    case prefix
    /// It has all words typed, the last as a word's beginning.
    case words
    /// It does so but for slips of typing.
    case typo

    /// Whether `a` is the better match.
    public static func < (a: Match, b: Match) -> Bool { a.rawValue < b.rawValue }
  }

  /// What is to be suggested.
  public var entry: CompletionEntry
  /// Parts of the text that were typed, in bytes of its UTF-8, ascending and apart.
  public var highlights: [Range<Int>]
  /// How it matches.
  public var match: Match
}

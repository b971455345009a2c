// SPDX-License-Identifier: Apache-2.0

public import JSON

/// One rule of a curation set: when it applies, and what it does to a search.
public struct CurationRule: Equatable, Sendable {
  /// How a rule's query is compared with the shopper's, both folded to terms.
  public enum Match: String, Sendable {
    /// All terms are the same.
    case exact
    /// The rule's terms follow each other somewhere in the shopper's query.
    case contains
  }

  /// When a rule applies: each part that is given must hold.
  public struct Condition: Equatable, Sendable {
    /// The query; `{field}` stands for any value of that field, `*` for the query of everything
    /// (exact) or any query (contains).
    public var query: String?
    /// How ``query`` is compared; nil, which only a rule without one may have, is exact.
    public var match: Match?
    /// A filter that the search's filter must imply: `brand:=[A,B]` holds for a search of
    /// `brand:=A && price:<10`.
    public var filter: String?
    /// Tags; a rule that has some applies only to searches that name one of them.
    public var tags: [String] = []
    /// Whether synonyms of the shopper's words count, if no rule matches the words themselves.
    public var synonyms = false
    /// Whether words are compared by their stems.
    public var stem = false
    /// The stemming dictionary to use.
    public var stemmingDictionary: String?
    /// Whether ``tags`` stand beside the rule's condition rather than in it; only for writing back.
    var tagsAreOutside = false

    /// Creates a condition without parts.
    public init() {}
  }

  /// Its name in its set, 1 to 255 bytes; rules are tried in the order of these bytes.
  public var id: String
  /// When it applies.
  public var condition = Condition()
  /// Documents shown at fixed places.
  public var includes: [Include] = []
  /// Ids of documents that are not shown.
  public var excludes: [String] = []
  /// A filter added to the search; may hold the condition's placeholders.
  public var filter: String?
  /// An order that replaces the search's; may hold the condition's placeholders.
  public var sort: String?
  /// A query that replaces the shopper's.
  public var replacement: String?
  /// Whether the words that matched are taken out of the query; unless told, those that became a
  /// filter are.
  public var removesMatchedTokens = false
  /// What the answer shows as `metadata`: an object.
  public var metadata: JSON?
  /// Whether the search's filter also applies to ``includes``.
  public var filtersIncludes = false
  /// Whether no further rule is tried once this one applied.
  public var stopsProcessing = true
  /// The first second, since 1970, at which it applies.
  public var effectiveFrom: Int64?
  /// The last second, since 1970, at which it applies.
  public var effectiveTo: Int64?
  /// How alike two hits are, for spreading the results; nil if they are not spread.
  public var diversity: [SimilarityMetric]?
  /// Factors for the scores of documents that match filters.
  public var boosts: [Boost] = []
  /// The most promoted or filtered hits among the first.
  public var caps: [Cap] = []
  /// What becomes of documents that cannot be had.
  public var stock: StockDemotion?
  /// Whether pins keep their places when others are filtered out; nil: they do.
  public var preservesPositions: Bool?

  /// Creates a rule that does nothing.
  public init(id: String) { self.id = id }
}

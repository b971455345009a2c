// SPDX-License-Identifier: Apache-2.0

public import JSON

/// What a search found.
public struct SearchResult: Sendable {
  /// One document found.
  public struct Hit: Sendable {
    /// Its id.
    public var id: String
    /// Where it is in the snapshot that was searched.
    public var place: ScoredDocument
    /// The document as JSON text, fields chosen.
    public var document: [UInt8]
    /// BM25F, 0 or more, or the text match in tiers, rounded; 0 for a query of everything.
    public var score: Float
    /// How well its text matches the query.
    public var textMatch: TextMatch
    /// Matched parts by field.
    public var highlights: [Highlight]
    /// Meters to the place that results are sorted by.
    public var distances: [(field: String, meters: Int)]
    /// The values that the request's order compares; null where the document has none.
    public var sortValues: [JSON] = []
    /// Whether it stands where it does because it is pinned.
    public var isPinned = false
    /// What the score is made of, if asked.
    public var explanation: [TermScore] = []
  }

  /// What one word of the query adds to a hit's score.
  public struct TermScore: Sendable {
    /// The word, folded.
    public var word: String
    /// The index term that stands for it: itself, what it begins, a misspelling, a synonym.
    public var term: String
    /// BM25F of the term.
    public var score: Float
    /// Each field's part in it.
    public var fields: [(name: String, score: Float)]
  }

  /// The matched parts of one field's value.
  public struct Highlight: Sendable {
    /// The field's name.
    public var field: String
    /// A snippet per value; one for a field that is no array.
    public var snippets: [String]
    /// The whole values with matches marked, if asked.
    public var values: [String]?
    /// Which values of an array the snippets are of; nil for other fields.
    public var indices: [Int]?
    /// The matched words as they stand in the text, by value.
    public var matched: [[String]]
    /// All values of an array, unmarked; empty for other fields.
    public var elements: [String] = []
    /// For a field inside objects, its parts as they stand in the document; nil for others, whose
    /// parts are told above.
    public var nested: JSON?
  }

  /// Documents with the same values of the grouping fields.
  public struct Group: Sendable {
    /// The values.
    public var key: [JSON]
    /// Documents in the group.
    public var found: Int
    /// The best of them.
    public var hits: [Hit]
  }

  /// The values of one field.
  public struct Facet: Sendable {
    /// The field's name.
    public var field: String
    /// Values and how many documents have them, most first.
    public var counts: [(value: String, count: Int)]
    /// By value, an object that it stands in, if asked.
    public var parents: [String: JSON] = [:]
    /// Distinct values.
    public var totalValues: Int
    /// Whether the counts are estimates from a part of the documents.
    public var isSampled = false
    /// Least, greatest, sum and mean of a numeric field.
    public var statistics: (min: Double, max: Double, sum: Double, average: Double)?
  }

  /// Documents, or groups, that match.
  public var found = 0
  /// Documents that match, where results are grouped.
  public var foundDocuments = 0
  /// Documents in the collection.
  public var outOf = 0
  /// The page of hits.
  public var hits: [Hit] = []
  /// The page of groups, if results are grouped.
  public var groups: [Group]?
  /// The facets asked for.
  public var facets: [Facet] = []
  /// Whether time ran out, so that more may match.
  public var isCutOff = false
  /// Time spent.
  public var microseconds = 0

  /// Creates a result of nothing.
  public init() {}
}

// SPDX-License-Identifier: Apache-2.0

/// What to search for in a collection.
public struct SearchRequest: Sendable {
  /// One searched field.
  public struct QueryField: Equatable, Sendable {
    /// The field's name.
    public var name: String
    /// How much an occurrence there counts; above 0.
    public var weight: Float
    /// Whether the last word may match as a prefix.
    public var prefix: Bool
    /// Edits allowed in a word, 0...2.
    public var typos: Int
    /// Whether words are looked for inside terms; nil if they are where the schema allows it.
    public var infix: Bool?
    /// The weight of a match there where text matches are in tiers, 0...127.
    public var tierWeight = 15

    /// Creates a searched field.
    public init(name: String, weight: Float = 1, prefix: Bool = true, typos: Int = 2) {
      self.name = name
      self.weight = weight
      self.prefix = prefix
      self.typos = typos
    }
  }

  /// The shopper's words; `*` or nothing matches all, "..." is a phrase, -word excludes.
  public var query = "*"
  /// The fields to search.
  public var fields: [QueryField] = []
  /// Whether every text field is searched, as none was named; known once the schema is.
  var searchesAllFields = true
  /// A filter expression, or "".
  public var filter = ""
  /// A filter expression that also pins must satisfy, or "": what the sender may see at all.
  public var scope = ""
  /// Take fields that the schema lacks as never met instead of refusing the search.
  public var skipsUnknownFields = false
  /// Fields whose values are counted.
  public var facets: [String] = []
  /// By facet field, ranges and orders other than the default.
  public var facetOptions: [String: FacetOptions] = [:]
  /// Only facet values that start with this, for the one facet that it names.
  public var facetQuery: (field: String, prefix: String)?
  /// Misspellings in ``facetQuery`` that are allowed where nothing starts with it, 0...2.
  public var facetQueryTypos = 2
  /// Facets whose values are returned with the object that they stand in; a star stands for anything.
  public var facetParents: [String] = []
  /// How many of the matching documents facets are counted over.
  public var facetSampling = FacetSampling()
  /// Facet values returned at most.
  public var facetLimit = 10
  /// The order, `field:asc` or `field:desc`, at most three, `_text_match` among them; "" for scores.
  public var sort = ""
  /// What text matches in tiers are made of; nil to order by BM25F where the order can do without them.
  public var tiers: TierOptions?
  /// Order what matches only by a synonym after everything else.
  public var demotesSynonyms = false
  /// Hits skipped.
  public var offset = 0
  /// Hits returned at most, 0...250.
  public var limit = 10
  /// Group by the values of these fields.
  public var groupBy: [String] = []
  /// Whether documents without any of the values form a group, or each one by itself.
  public var groupsMissing = true
  /// Hits per group.
  public var groupLimit = 3
  /// Fields to highlight; empty for the searched ones.
  public var highlightFields: [String] = []
  /// Fields whose whole text is highlighted.
  public var highlightFullFields: [String] = []
  /// Put before and after a match.
  public var highlightTags = ("<mark>", "</mark>")
  /// Words around a match in a snippet.
  public var highlightContext = 4
  /// Texts of fewer words are shown whole.
  public var snippetThreshold = 30
  /// Highlight at all.
  public var highlights = true
  /// Fields of the documents to return; empty for all.
  public var includeFields: [String] = []
  /// Fields of the documents to leave out.
  public var excludeFields: [String] = []
  /// Misspellings are tried only with fewer hits than this.
  public var typoThreshold = 1
  /// Words are dropped only with fewer hits than this.
  public var dropThreshold = 1
  /// Which words are dropped first.
  public var dropOrder = DropOrder.any
  /// When words are split in two and neighbours joined.
  public var splitJoin = SplitJoin.fallback
  /// When words are looked for inside terms; a scan of the dictionary, so for small catalogues.
  public var infix = Infix.never
  /// Whether words with digits may be misspelled: those of digits alone, and those with letters too.
  public var typosInNumbers = (digits: true, mixed: true)
  /// Words of fewer characters take no edit.
  public var shortestForOneTypo = 4
  /// Words of fewer characters take one edit at most.
  public var shortestForTwoTypos = 7
  /// Index terms tried for one prefix or misspelling.
  public var candidateLimit = 16
  /// Whether what stands between the query's spaces is one word, whose parts must be neighbours.
  public var isPreSegmented = false
  /// Words left out of the query.
  public var stopWords: Set<String> = []
  /// Other words for words or phrases.
  public var synonyms: [SynonymTable] = []
  /// Which words of the query stand for what synonyms replace.
  public var synonymMatching = SynonymMatching()
  /// Ids never returned.
  public var hiddenIDs: [String] = []
  /// Documents shown at fixed positions, from 1, whether or not they match.
  public var pinned: [(id: String, position: Int)] = []
  /// Leave pins out that the filter excludes.
  public var filtersPinned = false
  /// Take each hit's score apart.
  public var explains = false
  /// Stop after this many microseconds with what was found.
  public var cutoffMicroseconds: Int?

  /// Whether nothing but relevance orders what matches.
  public var isByRelevance: Bool { sort.isEmpty || sort == "_text_match:desc" }

  /// Creates a request for everything.
  public init() {}
}

// SPDX-License-Identifier: Apache-2.0

public import SearchIndex

/// What rules look at: the search that a shopper sent.
public struct SearchContext: Sendable {
  /// Terms of the query looked at; the rest of a longer query is not matched.
  public static let termLimit = 64

  /// The query as sent.
  public let query: String
  /// Its folded terms, at most ``termLimit``; none for the query of everything.
  public let terms: [String]
  /// Where each term stands in ``query``, in bytes of UTF-8.
  let sources: [Range<Int>]
  /// Whether ``terms`` lacks the end of the query.
  let isCut: Bool

  /// The search's filter expression, or "".
  public var filter = ""
  /// The tags of `curation_tags`; without any, only rules without tags apply.
  public var tags: [String] = []
  /// Now, in seconds since 1970.
  public var time: Int64
  /// Pins of the search itself (`pinned_hits`).
  public var pinnedHits: [Include] = []
  /// Ids that the search hides (`hidden_hits`).
  public var hiddenHits: [String] = []
  /// The query's terms with synonyms in place of words, for rules that heed them; the first 64.
  public var synonymTerms: [[String]] = [] {
    didSet { synonymTerms = synonymTerms.prefix(64).map { Array($0.prefix(Self.termLimit)) } }
  }
  /// Which terms are values of which fields, for rules with placeholders.
  public var values: (any FieldValues)?
  /// The search's own `preserve_curated_positions`, which counts over the rules'.
  public var preservesPositions: Bool?
  /// Whether the explanation also tells which rules were not reached.
  public var explainsUnreached = false

  /// Creates the context of a query.
  ///
  /// - Parameters:
  ///   - query: The shopper's words; `*` or nothing is the query of everything.
  ///   - time: Now, in seconds since 1970.
  ///   - analyzer: Cuts the query into terms as it did the documents.
  public init(query: String, time: Int64, analyzer: Analyzer) {
    let buffer = TokenBuffer()
    analyzer.analyze(query, into: buffer)
    let positions = 0..<min(buffer.count, Self.termLimit)
    self.query = query
    self.time = time
    terms = positions.map { String(decoding: buffer.term($0), as: UTF8.self) }
    sources = positions.map { Int(buffer[$0].sourceStart)..<Int(buffer[$0].sourceEnd) }
    isCut = buffer.count > Self.termLimit
  }

  /// Creates the context of a query with an analyzer of the index's own.
  ///
  /// - Parameters:
  ///   - query: The shopper's words; `*` or nothing is the query of everything.
  ///   - time: Now, in seconds since 1970.
  /// - Throws: `IndexError` if ICU's data is missing.
  public init(query: String, time: Int64) throws {
    self = try AnalyzerPool.withAnalyzer { Self(query: query, time: time, analyzer: $0) }
  }

  /// Lets rules that heed synonyms see the query as it could also be said.
  public mutating func heed(_ synonyms: SynonymTable) {
    synonymTerms = synonyms.readings(of: terms, limit: 64)
  }

  /// The query without some of its terms; `*` if nothing is left.
  func query(without removed: Set<Int>) -> String {
    guard !removed.isEmpty else { return query }
    var bytes: [UInt8] = []
    var next = 0
    for (index, source) in sources.enumerated() where removed.contains(index) {
      let all = query.utf8.dropFirst(next).prefix(max(0, source.lowerBound - next))
      bytes.append(contentsOf: all)
      next = max(next, source.upperBound)
    }
    bytes.append(contentsOf: query.utf8.dropFirst(next))
    let rest = String(decoding: bytes, as: UTF8.self)
    let hasWords = terms.indices.contains { !removed.contains($0) } || isCut
    return hasWords ? rest.split(whereSeparator: \.isWhitespace).joined(separator: " ") : "*"
  }
}

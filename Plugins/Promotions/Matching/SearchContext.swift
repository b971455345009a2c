// SPDX-License-Identifier: Apache-2.0

public import SearchIndex

/// What rules look at: the search that a shopper sent.
public struct SearchContext: Sendable {
  /// Terms of the query looked at; the rest of a longer query is not matched.
  public static let termLimit = 64

  /// The query as sent.
  public let query: String
  /// Its folded terms, at most ``termLimit``, without excluded ones; none for the query of
  /// everything.
  public let terms: [String]
  /// Where each term stands in ``query``, in bytes of UTF-8.
  let sources: [Range<Int>]
  /// Whether ``terms`` is the whole query: nothing was cut off, and no signs stand alone.
  let isWhole: Bool
  /// Whether words are excluded, which stay in the query when all others are taken out.
  private let hasExclusions: Bool

  /// The search's filter expression, or "".
  public var filter = ""
  /// The tags of `curation_tags`, the first 64; without any, only rules without tags apply.
  public var tags: [String] = [] {
    didSet { tags = Array(tags.prefix(64)) }
  }
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
    let excluded = Self.exclusions(in: Array(query.utf8))
    var wanted = (0..<buffer.count).map { (index: $0, source: Self.source(buffer[$0])) }
    if !excluded.isEmpty {
      wanted.removeAll { token in excluded.contains { $0.overlaps(token.source) } }
    }
    isWhole =
      wanted.isEmpty
      ? query.allSatisfy { $0 == "*" || $0.isWhitespace } : wanted.count <= Self.termLimit
    wanted = Array(wanted.prefix(Self.termLimit))
    self.query = query
    self.time = time
    terms = wanted.map { String(decoding: buffer.term($0.index), as: UTF8.self) }
    sources = wanted.map(\.source)
    hasExclusions = !excluded.isEmpty
  }

  private static func source(_ token: TokenBuffer.Token) -> Range<Int> {
    Int(token.sourceStart)..<Int(token.sourceEnd)
  }

  /// Where words and phrases stand that the shopper does not want: `-word`, `-"some words"`.
  ///
  /// As searches read it, a minus excludes only at the start of a word, and outside of quotes.
  private static func exclusions(in query: [UInt8]) -> [Range<Int>] {
    let (minus, quote) = (UInt8(ascii: "-"), UInt8(ascii: "\""))
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    guard query.contains(minus) else { return [] }
    var ranges: [Range<Int>] = []
    var index = 0
    while index < query.count {
      guard !isBlank(query[index]) else {
        index += 1
        continue
      }
      let start = index
      let isExcluded =
        query[index] == minus && index + 1 < query.count && !isBlank(query[index + 1])
      if isExcluded { index += 1 }
      if query[index] == quote, let close = query[(index + 1)...].firstIndex(of: quote) {
        index = close + 1
      } else {
        while index < query.count, !isBlank(query[index]) { index += 1 }
      }
      if isExcluded { ranges.append(start..<index) }
    }
    return ranges
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

  /// Lets rules that heed synonyms see the query as it could also be said, by this table, too.
  public mutating func heed(_ synonyms: SynonymTable) {
    synonymTerms += synonyms.readings(of: terms, limit: 64)
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
    let hasRest = hasExclusions || !isWhole || terms.indices.contains { !removed.contains($0) }
    return hasRest ? rest.split(whereSeparator: \.isWhitespace).joined(separator: " ") : "*"
  }
}

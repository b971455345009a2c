// SPDX-License-Identifier: Apache-2.0

/// The candidates of a search, best first by BM25F or the request's order: what ranking reorders and
/// ``Snapshot/result(of:order:)`` makes a page of.
public struct Recall {
  let request: SearchRequest
  let query: ParsedQuery
  let matches: Matches
  let order: SortOrder
  /// Pinned documents and where they stand, from 1; not among the candidates.
  let pins: [(position: Int, document: ScoredDocument)]
  /// The best documents, at most as many as were asked for.
  public let candidates: [ScoredDocument]
  /// Documents that match, pinned ones included.
  public let found: Int
  /// Whether time ran out, so that more may match.
  public let isCutOff: Bool
  /// Whether the candidates are in the order of their scores.
  public var isByScore: Bool { order.isByScore }
  /// The query's words, folded as the index has them.
  public var words: [[UInt8]] { query.words }
}

extension Snapshot {
  /// The ids of candidates.
  public func ids(of candidates: some Sequence<ScoredDocument>) -> [String] {
    candidates.map { parts[Int($0.segment)].segment.identifiers.id(Int($0.document)) }
  }

  /// The first number that each candidate has in a field, NaN where it has none; nil if the field
  /// has no column of numbers.
  public func numbers(_ field: String, of candidates: [ScoredDocument]) -> [Double]? {
    guard let index = schema.columnFields.firstIndex(where: { $0.name == field }),
      schema.columnFields[index].type.isNumeric
    else { return nil }
    return candidates.map { candidate in
      let column = parts[Int(candidate.segment)].segment.columns[index]
      return column.range(Int(candidate.document)).first.map(column.number) ?? .nan
    }
  }

  /// The first string that each candidate has in a field, "" where it has none; nil if the field has
  /// no column of strings.
  public func strings(_ field: String, of candidates: [ScoredDocument]) -> [String]? {
    guard let index = schema.columnFields.firstIndex(where: { $0.name == field }),
      schema.columnFields[index].type.isText
    else { return nil }
    return candidates.map { candidate in
      let column = parts[Int(candidate.segment)].segment.columns[index]
      return column.range(Int(candidate.document)).first.map { column.term(column.ordinal($0)) }
        ?? ""
    }
  }

  /// All strings that each candidate has in a field; nil if the field has no column of strings.
  public func allStrings(_ field: String, of candidates: [ScoredDocument]) -> [[String]]? {
    guard let index = schema.columnFields.firstIndex(where: { $0.name == field }),
      schema.columnFields[index].type.isText
    else { return nil }
    return candidates.map { candidate in
      let column = parts[Int(candidate.segment)].segment.columns[index]
      return column.range(Int(candidate.document)).map { column.term(column.ordinal($0)) }
    }
  }

  /// The distinct strings of a field over all segments; nil if it has no column of strings.
  public func distinctStrings(_ field: String) -> Set<String>? {
    guard let index = schema.columnFields.firstIndex(where: { $0.name == field }),
      schema.columnFields[index].type.isText
    else { return nil }
    var strings: Set<String> = []
    for part in parts {
      let column = part.segment.columns[index]
      for ordinal in 0..<column.termCount { strings.insert(column.term(ordinal)) }
    }
    return strings
  }

  /// The live documents of some ids; unknown ids are left out.
  public func candidates(ids: some Sequence<String>) -> [(id: String, document: ScoredDocument)] {
    ids.compactMap { id in
      locate(id).map {
        (id, ScoredDocument(score: 0, segment: Int32($0.part), document: UInt32($0.document)))
      }
    }
  }

  /// Which candidates satisfy a filter expression.
  ///
  /// - Throws: ``IndexError`` with code invalid if the filter cannot be parsed.
  public func satisfying(_ filter: String, of candidates: [ScoredDocument]) throws -> [Bool] {
    let parsed = try FilterParser.parse(filter, schema: schema)
    let sets = try AnalyzerPool.withAnalyzer { analyzer in
      try parts.map {
        try FilterEvaluator(segment: $0.segment, schema: schema, analyzer: analyzer).evaluate(
          parsed
        )
      }
    }
    return candidates.map { sets[Int($0.segment)].contains(Int($0.document)) }
  }
}

// SPDX-License-Identifier: Apache-2.0

import JSON

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
    guard let index = column(field, where: \.isNumeric) else { return nil }
    return candidates.map { candidate in
      let column = parts[Int(candidate.segment)].segment.columns[index]
      return column.range(Int(candidate.document)).first.map(column.number) ?? .nan
    }
  }

  /// The first string that each candidate has in a field, "" where it has none; nil if the field has
  /// no column of strings.
  public func strings(_ field: String, of candidates: [ScoredDocument]) -> [String]? {
    guard let index = column(field, where: \.isText) else { return nil }
    return candidates.map { candidate in
      let column = parts[Int(candidate.segment)].segment.columns[index]
      return column.range(Int(candidate.document)).first.map { column.term(column.ordinal($0)) }
        ?? ""
    }
  }

  /// A searched text field's part in the relevance of each candidate to the query of a recall, 0 where
  /// the field holds no word of it; nil if there is no such text field.
  ///
  /// - Complexity: O(words) look-ups of positions a candidate, so for hundreds of them.
  public func fieldScores(
    _ field: String,
    of candidates: [ScoredDocument],
    in recall: Recall
  ) -> [Double]? {
    guard schema.textFields.contains(where: { $0.name == field }) else { return nil }
    let explainer = Explainer(snapshot: self, matches: recall.matches)
    return candidates.map { candidate in
      explainer.explain(candidate).reduce(0) { sum, word in
        word.fields.reduce(sum) { $1.name == field ? $0 + Double($1.score) : $0 }
      }
    }
  }

  /// All strings that each candidate has in a field; nil if the field has no column of strings.
  public func allStrings(_ field: String, of candidates: [ScoredDocument]) -> [[String]]? {
    guard let index = column(field, where: \.isText) else { return nil }
    return candidates.map { candidate in
      let column = parts[Int(candidate.segment)].segment.columns[index]
      return column.range(Int(candidate.document)).map { column.term(column.ordinal($0)) }
    }
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

  /// Calls `body` with each value of a stored text field of each live document.
  ///
  /// - Throws: ``IndexError`` with code corrupt if a stored document is damaged.
  public func forEachText(of field: String?, _ body: (String) -> Void) throws {
    guard let field else { return }
    let cursor = try DocumentCursor(self)
    let parser = try JSONParser()
    while let document = try cursor.next() {
      try document.withUnsafeBufferPointer { bytes in
        try parser.parse(bytes) { view in
          view.forEachPair { key, value in
            guard key.elementsEqual(field.utf8) else { return }
            if let text = value.string { body(text) }
            value.forEachElement { if let text = $0.string { body(text) } }
          }
        }
      }
    }
  }

  /// How many live documents have each value of a field of strings; none for other fields.
  public func counts(of field: String) -> [(value: String, count: Int)] {
    guard let index = column(field, where: \.isText) else { return [] }
    var counts: [String: Int] = [:]
    for part in parts {
      let column = part.segment.columns[index]
      var byOrdinal = [Int](repeating: 0, count: column.termCount)
      for document in 0..<part.segment.documentCount where !part.deleted.contains(document) {
        for value in column.range(document) { byOrdinal[column.ordinal(value)] += 1 }
      }
      for (ordinal, count) in byOrdinal.enumerated() where count > 0 {
        counts[column.term(ordinal), default: 0] += count
      }
    }
    return counts.map { ($0.key, $0.value) }
  }
}

// SPDX-License-Identifier: Apache-2.0

extension Snapshot {
  /// Calls `body` with every live document that satisfies a filter, oldest segment first.
  ///
  /// `filter`: A filter expression, or "" for all.
  public func forEachDocument(matching filter: String = "", _ body: ([UInt8]) throws -> Void) throws
  {
    try forEachMatch(filter) { segment, document in try body(try segment.document(document)) }
  }

  /// The ids of the live documents that satisfy a filter.
  public func ids(matching filter: String) throws -> [String] {
    var ids: [String] = []
    try forEachMatch(filter) { segment, document in ids.append(segment.identifiers.id(document)) }
    return ids
  }

  private func forEachMatch(_ filter: String, _ body: (Segment, Int) throws -> Void) throws {
    let parsed =
      filter.allSatisfy(\.isWhitespace) ? nil : try FilterParser.parse(filter, schema: schema)
    let analyzer = try Analyzer()
    for part in parts {
      var matching = Bitset(count: part.segment.documentCount, full: true)
      if let parsed {
        let evaluator = FilterEvaluator(segment: part.segment, schema: schema, analyzer: analyzer)
        matching = try evaluator.evaluate(parsed)
      }
      matching.subtract(part.deleted)
      for document in 0..<matching.count where matching.contains(document) {
        try body(part.segment, document)
      }
    }
  }
}

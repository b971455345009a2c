// SPDX-License-Identifier: Apache-2.0

extension Snapshot {
  /// Calls `body` with every live document that satisfies a filter, oldest segment first.
  ///
  /// `filter`: A filter expression, or "" for all.
  public func forEachDocument(matching filter: String = "", _ body: ([UInt8]) throws -> Void) throws
  {
    let cursor = try DocumentCursor(self, matching: filter)
    while let document = try cursor.next() { try body(document) }
  }

  /// The ids of the live documents that satisfy a filter.
  public func ids(matching filter: String) throws -> [String] {
    var ids: [String] = []
    let cursor = try DocumentCursor(self, matching: filter)
    while let id = cursor.nextID() { ids.append(id) }
    return ids
  }
}

/// Walks over the live documents of a snapshot that satisfy a filter, oldest segment first.
///
/// One thread at a time. It holds the snapshot, and with it the pages that it can see.
public final class DocumentCursor: @unchecked Sendable {
  private let snapshot: Snapshot
  let matching: [Bitset]
  private var part = 0
  private var document = 0

  /// Creates a cursor before the first document.
  ///
  /// `filter`: A filter expression, or "" for all.
  public init(_ snapshot: Snapshot, matching filter: String = "") throws {
    self.snapshot = snapshot
    let schema = snapshot.schema
    let parsed =
      filter.allSatisfy(\.isWhitespace) ? nil : try FilterParser.parse(filter, schema: schema)
    matching = try AnalyzerPool.withAnalyzer { analyzer in
      try snapshot.parts.map { part in
        var matching = Bitset(count: part.segment.documentCount, full: true)
        if let parsed {
          let evaluator = FilterEvaluator(segment: part.segment, schema: schema, analyzer: analyzer)
          matching = try evaluator.evaluate(parsed)
        }
        matching.subtract(part.deleted)
        return matching
      }
    }
  }

  /// The next document as it is returned to clients, or nil at the end.
  public func next() throws -> [UInt8]? {
    guard let (segment, document) = advance() else { return nil }
    return try segment.document(document)
  }

  /// The next document's id, or nil at the end.
  public func nextID() -> String? {
    guard let (segment, document) = advance() else { return nil }
    return segment.identifiers.id(document)
  }

  private func advance() -> (Segment, Int)? {
    while part < matching.count {
      while document < matching[part].count {
        defer { document += 1 }
        if matching[part].contains(document) { return (snapshot.parts[part].segment, document) }
      }
      part += 1
      document = 0
    }
    return nil
  }
}

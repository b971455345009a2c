// SPDX-License-Identifier: Apache-2.0

extension Snapshot {
  /// Tells this collection from others that had its name before.
  public var collectionNumber: UInt32 { manifest.collection }

  /// Calls `body` with the live documents of a segment from a number on, as they are returned to
  /// clients, until it returns false.
  ///
  /// - Returns: The number to go on from; nil after the last document, or without such a segment.
  public func forEachDocument(
    inSegment id: UInt64,
    from first: Int,
    _ body: (_ id: String, _ document: [UInt8]) throws -> Bool
  ) throws -> Int? {
    guard let part = parts.first(where: { $0.segment.id == id }) else { return nil }
    for document in max(0, first)..<max(0, first, part.segment.documentCount)
    where !part.deleted.contains(document) {
      let bytes = try part.segment.document(document)
      guard try body(part.segment.identifiers.id(document), bytes) else { return document + 1 }
    }
    return nil
  }

  /// Which live documents satisfy a filter.
  ///
  /// `filter`: A filter expression, or "" for all.
  ///
  /// - Throws: ``IndexError`` with code invalid if the filter cannot be parsed.
  public func documents(matching filter: String) throws -> DocumentSet {
    DocumentSet(parts: parts, matching: try DocumentCursor(self, matching: filter).matching)
  }
}

/// Live documents of a snapshot that can be asked for by id.
public struct DocumentSet {
  let parts: [Snapshot.Part]
  let matching: [Bitset]

  /// Whether a document is in the set, by its id in UTF-8.
  public func contains(_ id: UnsafeBufferPointer<UInt8>) -> Bool {
    let wanted = Identifiers.Wanted(id)
    for (part, matching) in zip(parts, matching).reversed() {
      guard let document = part.segment.identifiers.document(wanted),
        !part.deleted.contains(document)
      else { continue }
      return matching.contains(document)
    }
    return false
  }
}

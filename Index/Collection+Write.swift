// SPDX-License-Identifier: Apache-2.0

public import JSON
import Foundation
internal import LMDBStore

/// One change of a collection.
public struct DocumentOperation: Sendable {
  /// What is done with the document.
  public enum Action: String, Sendable {
    /// Add it; an error if its id is taken.
    case create
    /// Add it, or replace the one with its id.
    case upsert
    /// Change the given fields of the one with its id; an error if there is none.
    case update
    /// Change the given fields, or add it.
    case emplace
    /// Remove the one with its id; an error if there is none.
    case delete
  }

  /// What is done.
  public var action: Action
  /// The document; for ``Action/delete`` only its `id` matters.
  public var document: JSON

  /// Creates an operation.
  public init(_ action: Action, _ document: JSON) {
    self.action = action
    self.document = document
  }
}

/// What became of one ``DocumentOperation``.
public enum OperationResult: Sendable {
  /// Done and on disk: the document's id.
  case success(id: String)
  /// Refused, the others of the batch being unaffected.
  case failure(IndexError)
}

extension Collection {
  /// Applies changes in order, in one commit that is on disk on return.
  ///
  /// - Returns: One result per operation.
  /// - Throws: ``IndexError`` if nothing could be written; the collection is as before.
  public func write(_ operations: [DocumentOperation]) throws -> [OperationResult] {
    let results = try writerLock.withLock {
      var batch = WriteBatch(snapshot: snapshot)
      let results = operations.map { batch.apply($0) }
      try flush(&batch)
      record(results)
      return results
    }
    merges.schedule(self)
    return results
  }

  private func flush(_ batch: inout WriteBatch) throws {
    let before = snapshot
    var manifest = before.manifest
    guard !batch.pending.isEmpty || batch.deleted.contains(where: { !$0.isEmpty }) else { return }
    guard batch.pending.count <= Identifiers.mostDocuments else {
      throw IndexError(.invalid, "A batch holds at most 16,777,214 documents: send smaller ones.")
    }
    var built: SegmentBuilder.Built?
    let id = manifest.nextSegment
    if !batch.pending.isEmpty {
      let builder = SegmentBuilder(schema: manifest.schema, analyzer: try Analyzer())
      for (id, document) in batch.inOrder { builder.add(document, id: id) }
      // Ordering is left to the merges that follow: it would double the time of a write.
      let made = try builder.build(reorder: false)
      manifest.segments.append(
        Manifest.Segment(
          id: id,
          documentCount: made.documentCount,
          deletedCount: 0,
          columnCount: manifest.schema.columnFields.count,
          totalLengths: made.totalLengths
        )
      )
      manifest.nextSegment += 1
      built = made
    }
    var deletions: [(SectionKey, Bitset)] = []
    for (index, documents) in batch.deleted.enumerated() where !documents.isEmpty {
      var deleted = before.parts[index].deleted
      for document in documents { deleted.insert(document) }
      manifest.segments[index].deletedCount = deleted.population
      deletions.append(
        (
          SectionKey(collection: manifest.collection, segment: manifest.segments[index].id),
          deleted
        )
      )
    }
    try commit(manifest) { transaction in
      if let built { try put(built, id: id, in: transaction) }
      for (key, deleted) in deletions {
        try transaction.put(
          store.segmentsTable,
          key.key(.deletions),
          FormatHeader.wrap(deleted.bytes, kind: .deletions)
        )
      }
    }
  }
}

extension Bitset {
  /// The words, low byte first.
  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(words.count * 8)
    for word in words { LittleEndian.append(word, to: &bytes) }
    return bytes
  }
}

// SPDX-License-Identifier: Apache-2.0

import Foundation
internal import LMDBStore

extension Collection {
  /// Applies changes in order, in one commit that is on disk on return.
  ///
  /// Writers that come while a commit is under way share the next one: a commit costs a wait for the
  /// disk, however much it holds.
  ///
  /// - Parameter operations: The changes.
  /// - Returns: One result per operation.
  /// - Throws: ``IndexError`` if nothing could be written, the collection being as before; with code
  ///   busy if too much is waiting already.
  public func write(_ operations: [DocumentOperation]) throws -> [OperationResult] {
    let results = try writes.submit(operations) { operations in
      try self.merges.whileWriting { try self.writerLock.withLock { try self.commit(operations) } }
    }
    merges.schedule(self)
    return results
  }

  private func commit(_ operations: [DocumentOperation]) throws -> [OperationResult] {
    try catchUp()
    guard operations.count <= Identifiers.mostDocuments else {
      throw IndexError(.invalid, "A batch holds at most 10,000,000 documents: send smaller ones.")
    }
    let batch = try WriteBatch(snapshot: snapshot, count: operations.count, tools: tools)
    let results = batch.apply(operations)
    try flush(batch)
    record(results)
    return results
  }

  private func flush(_ batch: WriteBatch) throws {
    let before = snapshot
    var manifest = before.manifest
    let builders = batch.builders.filter { $0.liveCount > 0 }
    guard !builders.isEmpty || batch.deleted.contains(where: { !$0.isEmpty }) else { return }
    // Ordering is left to the merges that follow: it would double the time of a write.
    let built = try concurrentMap(builders) { try $0.build(reorder: false) }
    let firstID = manifest.nextSegment
    for (index, made) in built.enumerated() {
      manifest.segments.append(
        Manifest.Segment(
          id: firstID + UInt64(index),
          documentCount: made.documentCount,
          deletedCount: 0,
          columnCount: manifest.schema.columnFields.count,
          totalLengths: made.totalLengths
        )
      )
    }
    manifest.nextSegment += UInt64(built.count)
    var deletions: [(id: UInt64, deleted: Bitset)] = []
    for (index, documents) in batch.deleted.enumerated() where !documents.isEmpty {
      var deleted = before.parts[index].deleted
      for document in documents { deleted.insert(document) }
      manifest.segments[index].deletedCount = deleted.population
      deletions.append((manifest.segments[index].id, deleted))
    }
    try commit(manifest) { transaction in
      for (index, made) in built.enumerated() {
        try put(made, id: firstID + UInt64(index), in: transaction)
      }
      for (id, deleted) in deletions { try put(deleted, of: id, in: transaction) }
    }
  }
}

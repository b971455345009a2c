// SPDX-License-Identifier: Apache-2.0

import Foundation
internal import LMDBStore

extension Collection {
  /// Merged segments of at least this many documents are ordered by graph bisection.
  static let leastOrdered = 32_768

  /// Makes one segment of some, without their deleted documents, while searches and writes go on.
  ///
  /// The new segment is built from a snapshot; documents that writers delete meanwhile are marked in
  /// it when it is committed.
  func merge(_ ids: [UInt64]) throws {
    let source = snapshot
    let chosen = source.parts.filter { ids.contains($0.segment.id) }
    let builder = SegmentBuilder(schema: source.schema, analyzer: try Analyzer())
    let origins = try Self.copy(chosen, into: builder)
    let isOrdered = builder.count >= Self.leastOrdered
    let built = try builder.build(reorder: isOrdered)
    try writerLock.withLock {
      try catchUp()
      let now = snapshot
      guard ids.allSatisfy({ id in now.manifest.segments.contains { $0.id == id } }) else { return }
      var deleted = Bitset(count: built.documentCount)
      let partsNow = chosen.map { part in
        now.parts.first { $0.segment.id == part.segment.id }?.deleted
      }
      for (document, old) in built.newToOld.enumerated() {
        let (part, original) = origins[Int(old)]
        if partsNow[part]?.contains(original) == true { deleted.insert(document) }
      }
      try replace(ids, of: now.manifest, with: built, deleted, isOrdered: isOrdered)
    }
  }

  /// Adds what is not deleted in parts to a builder; tells where each of its documents came from.
  private static func copy(
    _ parts: [Snapshot.Part],
    into builder: SegmentBuilder
  ) throws -> [(part: Int, document: Int)] {
    var origins: [(part: Int, document: Int)] = []
    for (index, part) in parts.enumerated() {
      try builder.buffer.append(part)
      try part.segment.documents.forEach { document, stored in
        guard document < part.segment.documentCount, !part.deleted.contains(document) else {
          return
        }
        builder.beginRest(id: part.segment.identifiers.id(document))
        for (index, column) in part.segment.columns.enumerated() {
          builder.columns[index].append(column, document: document)
        }
        builder.endDocument(stored: stored)
        origins.append((index, document))
      }
      guard origins.count == builder.buffer.documentCount else {
        throw IndexError(.corrupt, "A segment lacks documents: restore from a backup.")
      }
    }
    return origins
  }

  /// Commits a built segment in place of others; call with `writerLock` held.
  private func replace(
    _ ids: [UInt64],
    of old: Manifest,
    with built: SegmentBuilder.Built,
    _ deleted: Bitset,
    isOrdered: Bool
  ) throws {
    var manifest = old
    let place = manifest.segments.firstIndex { ids.contains($0.id) } ?? 0
    let id = manifest.nextSegment
    manifest.nextSegment += 1
    manifest.segments.removeAll { ids.contains($0.id) }
    if built.documentCount > 0 {
      manifest.segments.insert(
        Manifest.Segment(
          id: id,
          documentCount: built.documentCount,
          deletedCount: deleted.population,
          columnCount: manifest.schema.columnFields.count,
          totalLengths: built.totalLengths,
          isOrdered: isOrdered
        ),
        at: min(place, manifest.segments.count)
      )
    }
    try commit(manifest) { transaction in
      for segment in old.segments where ids.contains(segment.id) {
        try remove(segment, in: transaction)
      }
      guard built.documentCount > 0 else { return }
      try put(built, id: id, in: transaction)
      try put(deleted, of: id, in: transaction)
    }
    // LMDB gives pages that one commit frees to the next but one. Without this commit of nothing
    // a second merge would find them held and make the file grow.
    try commit(manifest) { _ in }
  }

  /// Makes one segment of all, ordered by graph bisection, or as few as hold that many documents;
  /// returns when they are on disk.
  public func compact() throws {
    try merges.holding {
      for ids in MergePolicy.compaction(snapshot.manifest) { try merge(ids) }
    }
  }

  /// Waits until background merges asked for so far are done.
  public func waitForMerges() { merges.wait() }
}

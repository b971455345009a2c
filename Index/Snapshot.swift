// SPDX-License-Identifier: Apache-2.0

internal import LMDBStore
import Synchronization

/// A collection as of one commit: what every search, export and look-up reads.
///
/// Immutable, shared by all readers of its time. It holds the read transaction that keeps its
/// segments' pages in place, so pages freed by later commits are reused only once it is gone.
public final class Snapshot: @unchecked Sendable {
  /// A segment and which of its documents are live.
  struct Part {
    var segment: Segment
    var deleted: Bitset
    var hasDeletions: Bool
  }

  let manifest: Manifest
  let parts: [Part]
  /// See ``termRanks(of:)``.
  let termRankCache = Mutex<[Int: [[UInt32]]]>([:])
  private let transaction: ReadTransaction
  private let table: Table

  /// The collection's schema.
  public var schema: CollectionSchema { manifest.schema }
  /// Live documents.
  public let documentCount: Int
  /// Average tokens by text field, over all segments.
  let averageLengths: [Float]
  /// Documents over all segments, deleted ones included: BM25's N, as frequencies count them too.
  let indexedCount: Int

  init(
    manifest: Manifest,
    transaction: ReadTransaction,
    table: Table,
    known: [UInt64: Segment]
  ) throws {
    self.manifest = manifest
    self.transaction = transaction
    self.table = table
    var parts: [Part] = []
    for description in manifest.segments {
      let reader = SectionReader(transaction: transaction, table: table)
      let key = SectionKey(collection: manifest.collection, segment: description.id)
      let segment = try known[description.id] ?? Segment(description, key: key, in: reader)
      let deleted = try reader.deletions(key, documentCount: description.documentCount)
      parts.append(
        Part(segment: segment, deleted: deleted, hasDeletions: description.deletedCount > 0)
      )
    }
    self.parts = parts
    documentCount = manifest.segments.reduce(0) { $0 + $1.documentCount - $1.deletedCount }
    let all = manifest.segments.reduce(0) { $0 + $1.documentCount }
    indexedCount = all
    averageLengths = manifest.schema.textFields.indices.map { field in
      Float(manifest.segments.reduce(0) { $0 + $1.totalLengths[field] }) / Float(max(1, all))
    }
  }

  /// The same collection in a younger read transaction.
  ///
  /// The collection must not have changed since.
  init(_ older: Snapshot, transaction: ReadTransaction) {
    manifest = older.manifest
    parts = older.parts
    self.transaction = transaction
    table = older.table
    documentCount = older.documentCount
    averageLengths = older.averageLengths
    indexedCount = older.indexedCount
    let known = older.termRankCache.withLock { $0 }
    termRankCache.withLock { $0 = known }
  }

  /// Where a live document is, or nil.
  func locate(_ id: String) -> (part: Int, document: Int)? {
    var id = id
    return id.withUTF8 { utf8 in
      let wanted = Identifiers.Wanted(utf8)
      for index in parts.indices.reversed() {
        if let document = parts[index].segment.identifiers.document(wanted),
          !parts[index].deleted.contains(document)
        {
          return (index, document)
        }
      }
      return nil
    }
  }

  /// A document as it is returned to clients, or nil if there is none with that id.
  public func document(_ id: String) throws -> [UInt8]? {
    guard let (part, document) = locate(id) else { return nil }
    return try parts[part].segment.document(document)
  }

  /// Reads and checks every stored byte of the collection.
  ///
  /// - Throws: ``IndexError`` with code corrupt that names what is damaged.
  /// - Returns: Bytes by kind of section.
  public func verify() throws -> [String: Int] {
    var sizes: [String: Int] = [:]
    for part in parts {
      let key = SectionKey(collection: manifest.collection, segment: part.segment.id)
      for section in Section.allCases {
        for entry in try transaction.entries(table, prefix: key.prefix + [section.rawValue]) {
          _ = try FormatHeader.unwrap(entry.value, kind: section.kind)
          sizes["\(section)", default: 0] += entry.value.count
        }
      }
    }
    return sizes
  }
}

extension Snapshot {
  /// A segment's numbers, for people.
  public struct SegmentSummary: Sendable {
    /// Its number.
    public var id: UInt64
    /// Documents in it, deleted ones included.
    public var documents: Int
    /// Deleted ones.
    public var deleted: Int
  }

  /// The segments, oldest first.
  public var segments: [SegmentSummary] {
    manifest.segments.map {
      SegmentSummary(id: $0.id, documents: $0.documentCount, deleted: $0.deletedCount)
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import LMDBStore

/// One immutable segment, open for reading.
///
/// Its bytes belong to the store; they stay in place while a read transaction that can see the
/// segment is open, which every ``Snapshot`` holds.
final class Segment: @unchecked Sendable {
  let id: UInt64
  let documentCount: Int
  let dictionary: TermDictionary
  let postings: PagedBytes
  let positions: PagedBytes
  let lengths: [UnsafePointer<UInt8>]
  let columns: [Column]
  let identifiers: Identifiers
  let documents: StoredDocuments
  let totalLengths: [UInt64]
  let cache = SegmentCache()
  /// Bitmaps of frequent words.
  let bitmaps: ListBitmaps
  private let documentPieces: PagedBytes
  private let pinned: PinnedBytes

  /// Opens a segment; all sections but the long ones are checked now, those when first touched.
  init(_ description: Manifest.Segment, key: SectionKey, in store: SectionReader) throws {
    id = description.id
    pinned = store.pinned
    documentCount = description.documentCount
    bitmaps = ListBitmaps(documentCount: description.documentCount)
    totalLengths = description.totalLengths
    dictionary = try TermDictionary(try store.section(key, .dictionary))
    let padded = (documentCount + 127) / 128 * 128
    lengths = try (0..<description.totalLengths.count).map { field in
      let codes = try store.section(key, .lengths, field)
      guard codes.count >= padded, let base = codes.baseAddress else {
        throw ByteReader.truncated
      }
      return base.assumingMemoryBound(to: UInt8.self)
    }
    columns = try (0..<description.columnCount).map { index in
      let column = try Column(try store.section(key, .column, index))
      guard column.documentCount == description.documentCount else { throw ByteReader.truncated }
      return column
    }
    identifiers = try Identifiers(try store.section(key, .identifiers))
    postings = try PagedBytes(pieces: try store.pieces(key, .postings), kind: .postings)
    positions = try PagedBytes(pieces: try store.pieces(key, .positions), kind: .positions)
    documentPieces = try PagedBytes(pieces: try store.pieces(key, .documents), kind: .documents)
    documents = try StoredDocuments(
      index: try store.section(key, .documentIndex),
      pieces: documentPieces
    )
  }

  deinit {
    postings.deallocate()
    positions.deallocate()
    documentPieces.deallocate()
  }

  /// The lists of a term, by field.
  func lists(_ entry: TermDictionary.Entry) throws(IndexError) -> [PostingsList] {
    try PostingsList.lists(payload: entry.payload, postings: postings, positions: positions)
  }

  /// The document as clients get it: compact, keys sorted.
  func document(_ number: Int) throws(IndexError) -> [UInt8] {
    let body = try documents.document(number)
    return DocumentText.withIdentifier(identifiers.id(number), in: body)
  }
}

// SPDX-License-Identifier: Apache-2.0

import JSON

/// What a collection consists of, as of one commit; stored as JSON in the table "collections" under
/// the collection's number (u32, big-endian).
struct Manifest {
  /// One segment's summary.
  struct Segment {
    var id: UInt64
    var documentCount: Int
    var deletedCount: Int
    var columnCount: Int
    /// Tokens by text field.
    var totalLengths: [UInt64]
    /// Whether graph bisection ordered its documents.
    var isOrdered = false
  }

  let collection: UInt32
  var schema: CollectionSchema
  var segments: [Segment] = []
  var nextSegment: UInt64 = 1

  var key: [UInt8] {
    var key: [UInt8] = []
    LittleEndian.append(collection.byteSwapped, to: &key)
    return key
  }

  var bytes: [UInt8] {
    let json: JSON = [
      "collection": .int(Int64(collection)), "schema": schema.json,
      "next_segment": .int(Int64(nextSegment)),
      "segments": .array(
        segments.map { segment in
          [
            "id": .int(Int64(segment.id)), "documents": .int(Int64(segment.documentCount)),
            "deleted": .int(Int64(segment.deletedCount)),
            "columns": .int(Int64(segment.columnCount)), "ordered": .bool(segment.isOrdered),
            "lengths": .array(segment.totalLengths.map { .int(Int64($0)) }),
          ]
        }
      ),
    ]
    return FormatHeader.wrap(json.serialized(), kind: .manifest)
  }

  init(collection: UInt32, schema: CollectionSchema) {
    self.collection = collection
    self.schema = schema
  }

  /// Reads a stored manifest.
  init(_ bytes: UnsafeRawBufferPointer) throws(IndexError) {
    let damaged = IndexError(.corrupt, "A collection's manifest is damaged: restore from a backup.")
    let payload = try FormatHeader.unwrap(bytes, kind: .manifest)
    guard let json = try? JSON(parsing: Array(payload)),
      let number = json["collection"]?.int.flatMap({ UInt32(exactly: $0) }),
      let schema = json["schema"], let list = json["segments"]?.array,
      let next = json["next_segment"]?.int
    else { throw damaged }
    self.init(collection: number, schema: try CollectionSchema(json: schema))
    nextSegment = UInt64(clamping: next)
    for item in list {
      guard let id = item["id"]?.int, let documents = item["documents"]?.int,
        let deleted = item["deleted"]?.int, let columns = item["columns"]?.int,
        let lengths = item["lengths"]?.array, documents >= 0, documents < 1 << 24
      else { throw damaged }
      segments.append(
        Segment(
          id: UInt64(clamping: id),
          documentCount: Int(documents),
          deletedCount: Int(deleted),
          columnCount: Int(columns),
          totalLengths: lengths.map { UInt64(clamping: $0.int ?? 0) },
          isOrdered: item["ordered"]?.bool ?? false
        )
      )
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

/// Gathers documents and makes the sections of one segment of them.
final class SegmentBuilder {
  /// A built segment, ready to be written.
  struct Built {
    var sections: [(section: Section, index: Int, bytes: [UInt8])] = []
    var documentCount = 0
    var totalLengths: [UInt64] = []
    /// For each document of the segment, its number in the builder.
    var newToOld: [UInt32] = []
  }

  /// Positions left free between two values of an array, so that no phrase spans them.
  private static let valueGap = 16

  private let schema: CollectionSchema
  private let analyzer: Analyzer
  private var tokens = TokenBuffer()
  let buffer: IndexBuffer
  private(set) var ids: [String] = []
  private var columns: [[ColumnValue]]
  private let stored = FlatArray<UInt8>()
  private let storedEnds = FlatArray<UInt64>()

  init(schema: CollectionSchema, analyzer: Analyzer) {
    self.schema = schema
    self.analyzer = analyzer
    buffer = IndexBuffer(fieldCount: schema.textFields.count)
    columns = Array(repeating: [], count: schema.columnFields.count)
  }

  /// Bytes held, about.
  var byteCount: Int { buffer.byteCount + stored.count + ids.count * 64 * (1 + columns.count) }

  /// Adds a document under an id that no other document of the builder has.
  func add(_ document: MappedDocument, id: String) {
    buffer.beginDocument()
    for (field, texts) in document.texts.enumerated() {
      var base = 0
      for text in texts {
        text.withUnsafeBufferPointer { analyzer.analyze($0, into: &tokens) }
        tokens.forEachTerm { term, position in
          buffer.add(term: term, field: field, position: base + position)
        }
        base += tokens.tokens.count + Self.valueGap
      }
    }
    document.stored.withUnsafeBufferPointer {
      addRest(id: id, columns: document.columns, stored: $0)
    }
  }

  /// Adds what is not text of a document whose text is in the buffer already.
  func addRest(
    id: String,
    columns values: [ColumnValue],
    stored document: UnsafeBufferPointer<UInt8>
  ) {
    ids.append(id)
    for (index, value) in values.enumerated() { columns[index].append(value) }
    stored.append(document)
    storedEnds.append(UInt64(stored.count))
  }

  /// Makes the segment; the builder is used up.
  func build(reorder: Bool) throws(IndexError) -> Built {
    let postings = try buffer.build(reorder: reorder)
    var built = Built()
    built.documentCount = ids.count
    built.totalLengths = postings.totalLengths
    built.newToOld = postings.newToOld
    built.sections.append((.dictionary, 0, postings.dictionary))
    for (index, piece) in postings.postings.enumerated() {
      built.sections.append((.postings, index, piece))
    }
    for (index, piece) in postings.positions.enumerated() {
      built.sections.append((.positions, index, piece))
    }
    for (field, codes) in postings.lengths.enumerated() {
      built.sections.append((.lengths, field, codes))
    }
    for (index, values) in columns.enumerated() {
      let ordered = postings.newToOld.map { values[Int($0)] }
      built.sections.append((.column, index, ColumnBuilder.build(ordered)))
    }
    built.sections.append(
      (.identifiers, 0, Identifiers.build(postings.newToOld.map { ids[Int($0)] }))
    )
    var documents = StoredDocumentsWriter()
    for old in postings.newToOld {
      let start = old == 0 ? 0 : Int(storedEnds.base[Int(old) - 1])
      documents.add(
        UnsafeBufferPointer(rebasing: stored.buffer[start..<Int(storedEnds.base[Int(old)])])
      )
    }
    let (index, pieces) = documents.finish()
    built.sections.append((.documentIndex, 0, index))
    for (number, piece) in pieces.enumerated() {
      built.sections.append((.documents, number, piece))
    }
    return built
  }
}

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

  private let analyzer: Analyzer
  private let tokens = TokenBuffer()
  let buffer: IndexBuffer
  /// The columns of the schema's column fields, in its order.
  let columns: [ColumnBuilder]
  private let idBytes = FlatArray<UInt8>()
  private let idEnds = FlatArray<UInt32>()
  private let stored = FlatArray<UInt8>()
  private let storedEnds = FlatArray<UInt64>()
  /// By text field, where the next value of the document begun last starts.
  private var nextPosition: [Int]
  private var dropped: Set<UInt32> = []

  init(schema: CollectionSchema, analyzer: Analyzer) {
    self.analyzer = analyzer
    buffer = IndexBuffer(fieldCount: schema.textFields.count)
    columns = schema.columnFields.map { ColumnBuilder(kind: Column.Kind(of: $0.type)) }
    nextPosition = Array(repeating: 0, count: schema.textFields.count)
  }

  /// Documents added, dropped ones included.
  var count: Int { idEnds.count }

  /// Documents that the segment will hold.
  var liveCount: Int { count - dropped.count }

  /// Starts a document, to be followed by its texts and column values and ``endDocument(stored:)``.
  ///
  /// - Parameter id: Its id, which no other document that is kept may have.
  /// - Returns: Its number in the builder.
  func beginDocument(id: String) -> Int {
    _ = buffer.beginDocument()
    for index in nextPosition.indices { nextPosition[index] = 0 }
    beginRest(id: id)
    return count - 1
  }

  /// Adds one value of a text field to the document begun last.
  func add(text: UnsafeBufferPointer<UInt8>, field: Int) {
    analyzer.analyze(text, into: tokens)
    buffer.add(tokens, field: field, base: nextPosition[field])
    nextPosition[field] += tokens.count + Self.valueGap
  }

  /// Ends the document begun last, which is kept as `document`, without its id.
  func endDocument(stored document: UnsafeBufferPointer<UInt8>) {
    stored.append(document)
    storedEnds.append(UInt64(stored.count))
  }

  /// Starts a document whose text is in the buffer already; its columns and end follow.
  func beginRest(id: String) {
    var id = id
    id.withUTF8 { idBytes.append($0) }
    idEnds.append(UInt32(idBytes.count))
    for column in columns { column.beginDocument() }
  }

  /// Leaves a document out of the segment.
  func drop(_ document: Int) { dropped.insert(UInt32(document)) }

  /// A document's id.
  func id(_ document: Int) -> String {
    String(decoding: idUTF8(document), as: UTF8.self)
  }

  private func idUTF8(_ document: Int) -> UnsafeBufferPointer<UInt8> {
    let start = document == 0 ? 0 : Int(idEnds.base[document - 1])
    return UnsafeBufferPointer(rebasing: idBytes.buffer[start..<Int(idEnds.base[document])])
  }

  /// A document as it is kept.
  func storedDocument(_ document: Int) -> [UInt8] { Array(storedUTF8(document)) }

  private func storedUTF8(_ document: Int) -> UnsafeBufferPointer<UInt8> {
    let start = document == 0 ? 0 : Int(storedEnds.base[document - 1])
    return UnsafeBufferPointer(rebasing: stored.buffer[start..<Int(storedEnds.base[document])])
  }

  /// Makes the segment; the builder is used up.
  func build(reorder: Bool) throws(IndexError) -> Built {
    let postings = try buffer.build(reorder: reorder, without: dropped)
    var built = Built()
    built.documentCount = postings.newToOld.count
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
    for (index, column) in columns.enumerated() {
      built.sections.append((.column, index, column.build(postings.newToOld)))
    }
    built.sections.append(
      (.identifiers, 0, Identifiers.build(postings.newToOld.map { idUTF8(Int($0)) }))
    )
    var documents = StoredDocumentsWriter(documentCount: postings.newToOld.count)
    for old in postings.newToOld { documents.add(storedUTF8(Int(old))) }
    let (index, pieces) = documents.finish()
    built.sections.append((.documentIndex, 0, index))
    for (number, piece) in pieces.enumerated() {
      built.sections.append((.documents, number, piece))
    }
    return built
  }
}

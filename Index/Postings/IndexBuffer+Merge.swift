// SPDX-License-Identifier: Apache-2.0

extension IndexBuffer {
  /// Adds the live documents of a segment, in their order, by turning its lists around.
  ///
  /// The postings hold all that the token streams did: two passes over them, the first to learn each
  /// document's extent, the second to put each term in its place.
  func append(_ part: Snapshot.Part) throws(IndexError) {
    let segment = part.segment
    let count = segment.documentCount
    var numbers = [UInt32](repeating: UInt32.max, count: count)
    for document in 0..<count where !part.deleted.contains(document) {
      numbers[document] = beginDocument()
    }
    let extents = (0..<fieldCount).map { _ in [UInt32](repeating: 0, count: count) }
    var measured = extents
    try forEachList(of: segment) { _, list in
      measured[list.field].withUnsafeMutableBufferPointer { extents in
        list.forEachPosting { document, positions in
          guard Int(document) < count, let last = positions.last else { return }
          extents[Int(document)] = max(extents[Int(document)], min(last, 1 << 24) + 1)
        }
      }
    }
    for field in 0..<fieldCount {
      var next = tokens[field].count
      for document in 0..<count where numbers[document] != UInt32.max {
        starts[field].base[Int(numbers[document])] = UInt64(next)
        next += Int(measured[field][document])
      }
      tokens[field].resize(to: next, filling: Self.hole)
    }
    try forEachList(of: segment) { term, list in
      let number = terms.number(of: term)
      let (stream, starts) = (tokens[list.field].base, starts[list.field].base)
      let extents = measured[list.field]
      list.forEachPosting { document, positions in
        guard Int(document) < count, numbers[Int(document)] != UInt32.max else { return }
        let start = Int(starts[Int(numbers[Int(document)])])
        for position in positions where position < extents[Int(document)] {
          stream[start + Int(position)] = number
        }
      }
    }
  }

  private func forEachList(
    of segment: Segment,
    _ body: (UnsafeBufferPointer<UInt8>, PostingsList) -> Void
  ) throws(IndexError) {
    let cursor = segment.dictionary.cursor(block: 0)
    while cursor.advance() {
      for list in try segment.lists(cursor.entry) where list.field < fieldCount {
        body(cursor.utf8, list)
      }
    }
  }
}

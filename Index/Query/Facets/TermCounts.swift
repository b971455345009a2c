// SPDX-License-Identifier: Apache-2.0

/// Counts the documents with each string of a field, over all segments.
struct TermCounts {
  /// One segment's strings in ascending order, those that no document has passed over.
  private struct Cursor {
    let column: Column
    let counts: [UInt32]
    private(set) var ordinal = -1
    /// The string's bytes; they last as long as the segment.
    private(set) var bytes = UnsafeRawBufferPointer(start: nil, count: 0)

    init(_ column: Column, _ matching: Bitset) {
      (self.column, counts) = (column, column.countTerms(matching))
      advance()
    }

    var isAtEnd: Bool { ordinal >= counts.count }
    var count: Int { Int(counts[ordinal]) }

    mutating func advance() {
      repeat { ordinal += 1 } while ordinal < counts.count && counts[ordinal] == 0
      if !isAtEnd { bytes = column.termBytes(ordinal) }
    }
  }

  /// The strings that any document has, ascending by their bytes, each once.
  let values: [(value: UnsafeRawBufferPointer, count: Int)]

  init(_ columns: [(column: Column, matching: Bitset)]) {
    var cursors = columns.map { Cursor($0.column, $0.matching) }
    cursors.removeAll(where: \.isAtEnd)
    var values: [(value: UnsafeRawBufferPointer, count: Int)] = []
    while var least = cursors.first?.bytes {
      for cursor in cursors.dropFirst() where Self.isLess(cursor.bytes, least) {
        least = cursor.bytes
      }
      var count = 0
      var hasEnded = false
      for index in cursors.indices where Self.isEqual(cursors[index].bytes, least) {
        count += cursors[index].count
        cursors[index].advance()
        hasEnded = hasEnded || cursors[index].isAtEnd
      }
      values.append((least, count))
      if hasEnded { cursors.removeAll(where: \.isAtEnd) }
    }
    self.values = values
  }

  private static func isEqual(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    a.count == b.count && (a.baseAddress == b.baseAddress || a.elementsEqual(b))
  }

  private static func isLess(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    a.lexicographicallyPrecedes(b)
  }
}

extension Column {
  /// How many of the documents have each distinct string.
  fileprivate func countTerms(_ matching: Bitset) -> [UInt32] {
    var counts = [UInt32](repeating: 0, count: termCount)
    counts.withUnsafeMutableBufferPointer { counts in
      guard !counts.isEmpty else { return }
      if isSingle {
        matching.forEach { counts[ordinal($0)] += 1 }
        return
      }
      matching.forEach { document in
        // A value that a document repeats counts once for it.
        let range = range(document)
        for value in range
        where !(range.lowerBound..<value).contains(where: { ordinal($0) == ordinal(value) }) {
          counts[ordinal(value)] += 1
        }
      }
    }
    return counts
  }

  /// Counts the numbers of the documents.
  func count(_ matching: Bitset, in counts: NumberCounts) {
    switch kind {
    case .integer:
      matching.forEach { document in
        for value in range(document) { counts.add(Double(integer(value))) }
      }
    case .number:
      matching.forEach { document in
        for value in range(document) { counts.add(number(value)) }
      }
    case .term, .place: break
    }
  }
}

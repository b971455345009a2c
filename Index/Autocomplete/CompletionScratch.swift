// SPDX-License-Identifier: Apache-2.0

/// Terms that follow each other, as half-open numbers.
struct TermRange: BitwiseCopyable {
  var low: UInt32
  var high: UInt32
}

/// One word of a query: the terms that stand for it.
struct Operand: BitwiseCopyable {
  /// Where its ranges lie in ``CompletionScratch/ranges``.
  var firstRange = 0
  var endRange = 0
  /// The postings of all of them.
  var postings = 0
  /// The term, if there is only one, else -1.
  var term = -1
  /// Whether the terms are all those that start with the query's last word.
  var isPrefix = false

  /// Whether one list has all its documents in order.
  var isList: Bool { term >= 0 }
}

/// Where a list of an intersection stands.
struct PostingCursor: BitwiseCopyable {
  /// The place of the current posting.
  var place: Int
  var end: Int
  /// The current posting, so that most questions read nothing.
  var document: UInt32
}

/// The memory that one search at a time works in; reused, so that searches allocate nothing.
struct CompletionScratch {
  var heap = MinHeap()
  /// The documents found in one level by one step, ascending.
  let found = FlatArray<UInt32>()
  /// A key of each of them; empty if they were not found by their keys.
  let foundKeys = FlatArray<UInt32>()
  let ranges = FlatArray<TermRange>()
  let operands = FlatArray<Operand>()
  /// Bits by document, all zero between uses.
  let marks = FlatArray<UInt64>()
  let moreMarks = FlatArray<UInt64>()
  /// The lists of an intersection.
  let cursors = FlatArray<PostingCursor>()
  let key: UnsafeMutablePointer<UInt8> = .allocate(capacity: KeyTable.bufferSize)
  let walk = TermWalk()

  func deallocate() {
    heap.deallocate()
    key.deallocate()
  }
}

extension CompletionScratch {
  /// Makes room for another query's operands.
  func clearOperands() {
    ranges.resize(to: 0, filling: TermRange(low: 0, high: 0))
    operands.resize(to: 0, filling: Operand())
  }
}

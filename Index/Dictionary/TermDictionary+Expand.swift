// SPDX-License-Identifier: Apache-2.0
//
// Expansions of a query word: the terms that it is a prefix of, and the terms within a few edits.
//
// The fuzzy walk reads terms in order and keeps one row of the edit-distance table per scalar of the
// current term. Neighbours share prefixes, so only rows after the shared prefix are computed; when a
// row's least value exceeds the allowed edits, every term with that prefix is skipped by a search for
// the next possible one.

extension TermDictionary {
  /// A candidate for a misspelled word.
  struct FuzzyMatch {
    var entry: Entry
    /// Edits between the word and the term (or the term's prefix).
    var edits: Int
  }

  /// Blocks read at most for one prefix; a longer range is cut to its most frequent blocks.
  private static let prefixBlockLimit = 64

  /// Calls `body` with each term that starts with `prefix`, ascending, until it returns false.
  func forEach(prefix: [UInt8], _ body: (Entry) -> Bool) {
    var cursor = cursor(block: prefix.withUnsafeBufferPointer { block(of: $0) })
    while cursor.advance() {
      if cursor.term.starts(with: prefix) {
        guard body(cursor.entry) else { return }
      } else if !cursor.term.lexicographicallyPrecedes(prefix) {
        return
      }
    }
  }

  /// The most frequent terms that start with `prefix`, most frequent first.
  func expand(prefix: [UInt8], limit: Int) -> [Entry] {
    guard blockCount > 0, limit > 0 else { return [] }
    let first = prefix.withUnsafeBufferPointer { block(of: $0) }
    // The range ends before the least byte string above every extension of the prefix.
    let last =
      prefix.isEmpty
      ? blockCount - 1
      : (prefix + [0xFF]).withUnsafeBufferPointer {
        block(of: $0)
      }
    var blocks = Array(first...max(first, last))
    if blocks.count > Self.prefixBlockLimit {
      blocks.sort { mostFrequent(block: $0) > mostFrequent(block: $1) }
      blocks.removeLast(blocks.count - Self.prefixBlockLimit)
    }
    var found: [Entry] = []
    for block in blocks {
      var cursor = cursor(block: block)
      for _ in 0..<TermDictionaryWriter.blockSize {
        guard cursor.advance() else { break }
        if cursor.term.starts(with: prefix) { found.append(cursor.entry) }
      }
    }
    found.sort { a, b in
      a.documentFrequency != b.documentFrequency
        ? a.documentFrequency > b.documentFrequency : a.term.lexicographicallyPrecedes(b.term)
    }
    return Array(found.prefix(limit))
  }

  /// The terms within `maximumEdits` of `word`, fewest edits first, then most frequent.
  ///
  /// An edit inserts, deletes or replaces a Unicode scalar, or exchanges two neighbours (optimal
  /// string alignment).
  ///
  /// `prefix`: Whether a term matches if only its beginning is near the word.
  func fuzzy(_ word: [UInt8], maximumEdits: Int, prefix: Bool, limit: Int) -> [FuzzyMatch] {
    guard blockCount > 0, limit > 0 else { return [] }
    var walk = FuzzyWalk(word: word, maximumEdits: maximumEdits, prefix: prefix)
    var found: [FuzzyMatch] = []
    var block = 0
    var cursor = cursor(block: 0)
    var read = 0
    while cursor.advance() {
      read += 1
      switch walk.consider(cursor.term) {
      case .match(let edits): found.append(FuzzyMatch(entry: cursor.entry, edits: edits))
      case .noMatch: break
      case .skip(let bytes):
        // Jump only where it passes a block's end; within the block reading on is cheaper.
        var bound = Array(cursor.term.prefix(bytes))
        guard let next = Self.successor(&bound) else { return ranked(found, limit) }
        let target = next.withUnsafeBufferPointer { self.block(of: $0) }
        let here = block + (read - 1) / TermDictionaryWriter.blockSize
        if target > here {
          block = target
          read = 0
          cursor = self.cursor(block: target)
        }
      }
    }
    return ranked(found, limit)
  }

  private func ranked(_ found: [FuzzyMatch], _ limit: Int) -> [FuzzyMatch] {
    Array(
      found.sorted { a, b in
        a.edits != b.edits
          ? a.edits < b.edits : a.entry.documentFrequency > b.entry.documentFrequency
      }.prefix(limit)
    )
  }

  /// The least byte string above every string that starts with `bytes`; nil if there is none.
  private static func successor(_ bytes: inout [UInt8]) -> [UInt8]? {
    while let last = bytes.popLast() {
      if last < 0xFF { return bytes + [last + 1] }
    }
    return nil
  }
}

/// Edit-distance rows for the scalars of the term being considered.
private struct FuzzyWalk {
  enum Verdict {
    case match(edits: Int)
    case noMatch
    /// No term that starts with this many bytes of the term can match.
    case skip(bytes: Int)
  }

  private let word: [UInt32]
  private let maximumEdits: Int
  private let prefix: Bool
  /// rows[i][j]: edits between the term's first i scalars and the word's first j.
  private var rows: [[Int]]
  private var scalars: [UInt32] = []
  private var byteEnds: [Int] = []
  /// The least value of the last column in rows 0...i: the best prefix match so far.
  private var best: [Int]
  private var previous: [UInt8] = []

  init(word: [UInt8], maximumEdits: Int, prefix: Bool) {
    self.word = Self.scalars(of: word).map(\.value)
    self.maximumEdits = maximumEdits
    self.prefix = prefix
    rows = [Array(0...self.word.count)]
    best = [self.word.count]
  }

  static func scalars(of bytes: [UInt8]) -> [(value: UInt32, end: Int)] {
    var result: [(value: UInt32, end: Int)] = []
    var end = 0
    for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
      end += UTF8.width(scalar)
      result.append((scalar.value, end))
    }
    return result
  }

  mutating func consider(_ term: [UInt8]) -> Verdict {
    var shared = 0
    let most = min(term.count, previous.count)
    while shared < most, term[shared] == previous[shared] { shared += 1 }
    previous = term
    var kept = 0
    while kept < byteEnds.count, byteEnds[kept] <= shared { kept += 1 }
    scalars.removeSubrange(kept...)
    byteEnds.removeSubrange(kept...)
    rows.removeSubrange((kept + 1)...)
    best.removeSubrange((kept + 1)...)
    let start = byteEnds.last ?? 0
    for (value, end) in Self.scalars(of: Array(term[start...])) {
      append(value, end: start + end)
      guard let row = rows.last, let least = row.min() else { break }
      if least > maximumEdits {
        if prefix, let edits = best.last, edits <= maximumEdits { return .match(edits: edits) }
        return .skip(bytes: start + end)
      }
    }
    let edits = prefix ? best[best.count - 1] : rows[rows.count - 1][word.count]
    return edits <= maximumEdits ? .match(edits: edits) : .noMatch
  }

  private mutating func append(_ scalar: UInt32, end: Int) {
    let above = rows[rows.count - 1]
    var row = [above[0] + 1]
    row.reserveCapacity(word.count + 1)
    for j in 0..<word.count {
      var edits = min(above[j + 1] + 1, row[j] + 1, above[j] + (word[j] == scalar ? 0 : 1))
      if j > 0, let last = scalars.last, last == word[j], scalar == word[j - 1] {
        edits = min(edits, rows[rows.count - 2][j - 1] + 1)
      }
      row.append(edits)
    }
    scalars.append(scalar)
    byteEnds.append(end)
    rows.append(row)
    best.append(min(best[best.count - 1], row[word.count]))
  }
}

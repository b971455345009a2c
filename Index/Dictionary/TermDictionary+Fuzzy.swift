// SPDX-License-Identifier: Apache-2.0
//
// Terms within a few edits of a word.
//
// The walk reads terms in order and keeps one row of the edit-distance table per scalar of the
// current term. Neighbours share prefixes, and the dictionary says how long they are, so only the
// rows after the shared prefix are computed. Once a row's least value exceeds the allowed edits, no
// term with that prefix matches: such terms are passed over by their stored lengths alone, and whole
// blocks of them by a search in the index.

extension TermDictionary {
  /// A candidate for a misspelled word.
  struct FuzzyMatch {
    var entry: Entry
    /// Edits between the word and the term (or the term's prefix).
    var edits: Int
  }

  /// The terms within `maximumEdits` of `word`, fewest edits first, then most frequent.
  ///
  /// An edit inserts, deletes or replaces a Unicode scalar, or exchanges two neighbours (optimal
  /// string alignment).
  ///
  /// `prefix`: Whether a term matches if only its beginning is near the word.
  func fuzzy(_ word: [UInt8], maximumEdits: Int, prefix: Bool, limit: Int) -> [FuzzyMatch] {
    guard blockCount > 0, limit > 0,
      let table = EditTable(word: word, maximumEdits: maximumEdits, prefix: prefix)
    else { return [] }
    var found: [FuzzyMatch] = []
    var block = 0
    while block < blockCount {
      let cursor = cursor(block: block)
      // Bytes of the last term that no match starts with; 0 for none.
      var dead = 0
      for _ in 0..<TermDictionaryWriter.blockSize {
        guard cursor.advance() else { break }
        if dead > 0, cursor.shared >= dead { continue }
        switch table.consider(cursor.utf8, shared: cursor.shared) {
        case .match(let edits): found.append(FuzzyMatch(entry: cursor.entry, edits: edits))
        case .noMatch: break
        case .dead(let bytes):
          dead = bytes
          continue
        }
        dead = 0
      }
      block += 1
      if dead > 0 { block = firstBlock(from: block, pastPrefix: cursor.utf8.prefix(dead)) }
    }
    return Array(
      found.sorted { a, b in
        a.edits != b.edits
          ? a.edits < b.edits : a.entry.documentFrequency > b.entry.documentFrequency
      }.prefix(limit)
    )
  }

  /// The first block at or after `block` that can hold a term without a prefix.
  private func firstBlock(
    from block: Int,
    pastPrefix prefix: Slice<UnsafeBufferPointer<UInt8>>
  ) -> Int {
    func isInside(_ block: Int) -> Bool {
      block < blockCount && firstTerm(ofBlock: block).starts(with: prefix)
    }
    guard isInside(block) else { return block }
    // A block whose successor starts inside too holds nothing else.
    var (low, step) = (block, 1)
    while isInside(low + step) {
      low += step
      step *= 2
    }
    var high = low + step
    while high - low > 1 {
      let middle = (low + high) / 2
      if isInside(middle) { low = middle } else { high = middle }
    }
    return low
  }
}

/// Edit-distance rows for the scalars of the term being considered.
private final class EditTable {
  enum Verdict {
    case match(edits: Int)
    case noMatch
    /// No term that starts with this many bytes of the term can match.
    case dead(bytes: Int)
  }

  /// Longer words are not matched: nobody misspells them in a way that edits mend.
  private static let longestWord = 63

  private let word: [UInt32]
  private let width: Int
  private let maximumEdits: UInt8
  private let prefix: Bool
  /// Row i starts at i * width: edits between the term's first i scalars and each start of the word.
  private let rows: UnsafeMutablePointer<UInt8>
  /// By row, the least value of the last column so far: the best match of a beginning of the term.
  private let best: UnsafeMutablePointer<UInt8>
  private let scalars: UnsafeMutablePointer<UInt32>
  /// By scalar of the term, the byte after it.
  private let ends: UnsafeMutablePointer<Int32>
  private var count = 0

  init?(word bytes: [UInt8], maximumEdits: Int, prefix: Bool) {
    word = String(decoding: bytes, as: UTF8.self).unicodeScalars.map(\.value)
    guard !word.isEmpty, word.count <= Self.longestWord else { return nil }
    width = word.count + 1
    self.maximumEdits = UInt8(clamping: maximumEdits)
    self.prefix = prefix
    rows = .allocate(capacity: 257 * width)
    best = .allocate(capacity: 257)
    scalars = .allocate(capacity: 256)
    ends = .allocate(capacity: 256)
    for column in 0..<width { rows[column] = UInt8(column) }
    best[0] = UInt8(word.count)
  }

  deinit {
    rows.deallocate()
    best.deallocate()
    scalars.deallocate()
    ends.deallocate()
  }

  /// Compares a term, of which `shared` bytes are those of the term considered or passed over before.
  func consider(_ term: UnsafeBufferPointer<UInt8>, shared: Int) -> Verdict {
    while count > 0, Int(ends[count - 1]) > shared { count -= 1 }
    var offset = count > 0 ? Int(ends[count - 1]) : 0
    while offset < term.count {
      offset += append(term, offset)
      if leastOfLastRow() > maximumEdits {
        if prefix, best[count] <= maximumEdits { return .match(edits: Int(best[count])) }
        return .dead(bytes: offset)
      }
    }
    let edits = prefix ? best[count] : rows[count * width + word.count]
    return edits <= maximumEdits ? .match(edits: Int(edits)) : .noMatch
  }

  private func leastOfLastRow() -> UInt8 {
    var least = UInt8.max
    let row = rows + count * width
    for column in 0..<width { least = min(least, row[column]) }
    return least
  }

  /// Adds the row of the scalar at an offset and returns the scalar's width in bytes.
  @inline(__always)
  private func append(_ term: UnsafeBufferPointer<UInt8>, _ offset: Int) -> Int {
    let (scalar, bytes) = Self.scalar(term, offset)
    let above = rows + count * width
    let row = above + width
    row[0] = above[0] + 1
    for column in 1..<width {
      let isSame = word[column - 1] == scalar
      var edits = min(above[column], row[column - 1]) + 1
      edits = min(edits, above[column - 1] + (isSame ? 0 : 1))
      if column > 1, count > 0, scalars[count - 1] == word[column - 1],
        scalar == word[column - 2]
      {
        edits = min(edits, (above - width)[column - 2] + 1)
      }
      row[column] = edits
    }
    scalars[count] = scalar
    ends[count] = Int32(offset + bytes)
    best[count + 1] = min(best[count], row[word.count])
    count += 1
    return bytes
  }

  /// The scalar at an offset and its width; a stray byte counts as a scalar.
  @inline(__always)
  private static func scalar(_ term: UnsafeBufferPointer<UInt8>, _ offset: Int) -> (UInt32, Int) {
    let first = term[offset]
    let bytes = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    guard bytes > 1, offset + bytes <= term.count else { return (UInt32(first), 1) }
    var scalar = UInt32(first) & (0x7F >> UInt32(bytes))
    for index in 1..<bytes { scalar = scalar << 6 | UInt32(term[offset + index] & 0x3F) }
    return (scalar, bytes)
  }
}

// SPDX-License-Identifier: Apache-2.0
//
// The terms that a query word is a prefix of.

extension TermDictionary {
  /// Blocks read at most for one prefix; a longer range is cut to its most frequent blocks.
  private static let prefixBlockLimit = 64

  /// Calls `body` with each term that starts with `prefix`, ascending, until it returns false.
  func forEach(prefix: [UInt8], _ body: (Entry) -> Bool) {
    let cursor = cursor(block: prefix.withUnsafeBufferPointer { block(of: $0) })
    while cursor.advance() {
      if cursor.utf8.starts(with: prefix) {
        guard body(cursor.entry) else { return }
      } else if !cursor.utf8.lexicographicallyPrecedes(prefix) {
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
    // The best so far, in order: most terms are rarer than all of them and need no array.
    var found: [Entry] = []
    for block in blocks {
      let cursor = cursor(block: block)
      for _ in 0..<TermDictionaryWriter.blockSize {
        guard cursor.advance() else { break }
        guard cursor.utf8.starts(with: prefix) else { continue }
        Self.keep(cursor, in: &found, limit)
      }
    }
    return found
  }

  /// The most frequent terms that hold `part` anywhere, most frequent first.
  ///
  /// Reads all terms.
  func expand(containing part: [UInt8], limit: Int) -> [Entry] {
    guard blockCount > 0, limit > 0, let first = part.first else { return [] }
    var found: [Entry] = []
    let cursor = cursor(block: 0)
    while cursor.advance() {
      let term = cursor.utf8
      guard term.count >= part.count else { continue }
      let isInside = (0...(term.count - part.count)).contains { start in
        term[start] == first && term[start..<(start + part.count)].elementsEqual(part)
      }
      if isInside { Self.keep(cursor, in: &found, limit) }
    }
    return found
  }

  /// Adds a cursor's term to the best so far, in order, if it is one.
  private static func keep(_ cursor: TermCursor, in found: inout [Entry], _ limit: Int) {
    if found.count == limit {
      guard cursor.documentFrequency >= found[limit - 1].documentFrequency else { return }
    }
    let entry = cursor.entry
    var place = found.count
    while place > 0, isBefore(entry, found[place - 1]) { place -= 1 }
    found.insert(entry, at: place)
    if found.count > limit { found.removeLast() }
  }

  private static func isBefore(_ a: Entry, _ b: Entry) -> Bool {
    a.documentFrequency != b.documentFrequency
      ? a.documentFrequency > b.documentFrequency : a.term.lexicographicallyPrecedes(b.term)
  }
}

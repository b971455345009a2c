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
        if found.count == limit {
          guard cursor.documentFrequency >= found[limit - 1].documentFrequency else { continue }
        }
        let entry = cursor.entry
        var place = found.count
        while place > 0, Self.isBefore(entry, found[place - 1]) { place -= 1 }
        found.insert(entry, at: place)
        if found.count > limit { found.removeLast() }
      }
    }
    return found
  }

  private static func isBefore(_ a: Entry, _ b: Entry) -> Bool {
    a.documentFrequency != b.documentFrequency
      ? a.documentFrequency > b.documentFrequency : a.term.lexicographicallyPrecedes(b.term)
  }
}

// SPDX-License-Identifier: Apache-2.0

/// Sorts the entries of a builder and makes one completion of those that are as good as equal.
struct CompletionMerger {
  /// A completion: the entry that is shown, and the score of all that it stands for.
  struct Winner {
    var key: SortableKey
    var score: Float
    var entry: Int
  }

  /// The keys' bytes.
  let arena: FlatArray<UInt8>
  /// The completions by descending score, then by key: a place here is a document number.
  private(set) var winners: [Winner] = []
  /// All keys in order; the owner is the document.
  private(set) var keys: [SortableKey] = []

  /// Merges what `builder` was given.
  init(_ builder: CompletionIndexBuilder, nearDuplicates: Bool) {
    arena = builder.arena
    let sources = builder.sources
    var sorted: [SortableKey] = []
    sorted.reserveCapacity(sources.count)
    for index in 0..<sources.count {
      let source = sources.base[index]
      sorted.append(
        SortableKey(arena.base, start: source.key, length: source.keyLength, owner: index)
      )
    }
    let bytes = UnsafePointer(arena.base)
    sorted.sort { SortableKey.precedes($0, $1, bytes) }
    winners.reserveCapacity(sorted.count)
    for key in sorted {
      let source = sources.base[Int(key.owner)]
      if let last = winners.last, SortableKey.compare(last.key, key, bytes) == 0 {
        let isBetter = source.score > sources.base[Int(last.key.owner)].score
        winners[winners.count - 1].score += source.score
        if isBetter {
          winners[winners.count - 1].key = key
          winners[winners.count - 1].entry = source.entry
        }
      } else {
        winners.append(Winner(key: key, score: source.score, entry: source.entry))
      }
    }
    var losers: [(key: SortableKey, winner: SortableKey)] = []
    if nearDuplicates { losers = collapse() }
    winners.sort { a, b in
      a.score != b.score ? a.score > b.score : SortableKey.precedes(a.key, b.key, bytes)
    }
    for index in winners.indices {
      winners[index].score = min(winners[index].score, .greatestFiniteMagnitude)
    }
    number(losers, builder.details)
  }

  /// Joins winners whose keys have the same fingerprint; returns the keys of those that lost.
  private mutating func collapse() -> [(key: SortableKey, winner: SortableKey)] {
    let table = TermTable()
    // The best place so far for each fingerprint.
    var places: [Int] = []
    var losers: [(key: SortableKey, winner: SortableKey)] = []
    var lost = [Bool](repeating: false, count: winners.count)
    var fingerprint: [UInt8] = []
    for index in winners.indices {
      let key = winners[index].key
      fingerprint.removeAll(keepingCapacity: true)
      CompletionFingerprint.append(
        UnsafeBufferPointer(start: arena.base + Int(key.start), count: Int(key.length)),
        to: &fingerprint
      )
      let number = fingerprint.withUnsafeBufferPointer { Int(table.number(of: $0)) }
      guard number < places.count else {
        places.append(index)
        continue
      }
      let other = places[number]
      let (best, worst) =
        winners[index].score > winners[other].score ? (index, other) : (other, index)
      winners[best].score += winners[worst].score
      lost[worst] = true
      places[number] = best
      losers.append((winners[worst].key, winners[best].key))
    }
    guard !losers.isEmpty else { return [] }
    // A winner may have lost later: follow it to the last one.
    var next: [UInt32: SortableKey] = [:]
    for loser in losers { next[loser.key.owner] = loser.winner }
    for index in losers.indices {
      while let winner = next[losers[index].winner.owner] { losers[index].winner = winner }
    }
    winners = winners.indices.filter { !lost[$0] }.map { winners[$0] }
    return losers
  }

  /// Gives completions their numbers and sorts all keys.
  private mutating func number(
    _ losers: [(key: SortableKey, winner: SortableKey)],
    _ details: [Int: CompletionIndexBuilder.Detail]
  ) {
    keys.reserveCapacity(winners.count + losers.count)
    var documents: [UInt32: UInt32] = [:]
    for (document, winner) in winners.enumerated() {
      if !losers.isEmpty { documents[winner.key.owner] = UInt32(document) }
      var key = winner.key
      key.owner = UInt32(document)
      keys.append(key)
    }
    for loser in losers {
      guard let document = documents[loser.winner.owner] else { continue }
      var key = loser.key
      key.owner = document
      keys.append(key)
    }
    if !details.isEmpty {
      for (document, winner) in winners.enumerated() {
        for alias in details[winner.entry]?.aliases.keys ?? [] {
          let start = arena.count
          alias.withUnsafeBufferPointer { arena.append($0) }
          keys.append(
            SortableKey(arena.base, start: start, length: alias.count, owner: document)
          )
        }
      }
    }
    let bytes = UnsafePointer(arena.base)
    keys.sort { SortableKey.precedes($0, $1, bytes) }
  }
}

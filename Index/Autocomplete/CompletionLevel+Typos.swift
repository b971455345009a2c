// SPDX-License-Identifier: Apache-2.0
//
// Slips of typing. With one slip allowed, a query stands for these alternatives, each a list of
// words that must all be there: one word replaced by the terms within one edit of it; one word cut in
// two; two neighbours joined. With two slips, two words within one edit each or one word within two.
// Short words are taken as written: almost every other short word is within an edit of them.

extension CompletionLevel {
  /// The least number of scalars of a word in which one edit is allowed, and two.
  private static let finishedLengths = (one: 3, two: 7)
  /// The same for an unfinished word, of which more are within reach.
  private static let openLengths = (one: 4, two: 8)

  /// The most words of a query in two of which slips are looked for: the pairs grow as the square.
  static let mostPairedWords = 6

  /// The edits allowed in a word.
  static func allowedEdits(_ word: [UInt8], isOpen: Bool) -> Int {
    let scalars = word.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
    let lengths = isOpen ? openLengths : finishedLengths
    guard scalars >= lengths.one, scalars <= TermWalk.longestWord else { return 0 }
    return scalars >= lengths.two ? 2 : 1
  }

  /// Finds the best completions that match a query but for at most `edits` slips.
  func findTypos(
    _ query: CompletionQuery,
    edits: Int,
    _ request: CompletionRequest,
    _ scratch: inout CompletionScratch
  ) {
    let words = query.words.count
    guard words > 0 else { return }
    let isKnown = (0..<words).map { exists(query.words[$0], isOpen: query.isOpen($0)) }
    let missing = isKnown.count { !$0 }
    for place in 0..<words {
      let allowed = min(edits, Self.allowedEdits(query.words[place], isOpen: query.isOpen(place)))
      if allowed > 0, missing == 0 || (missing == 1 && !isKnown[place]) {
        attempt(query, edits: { $0 == place ? allowed : 0 }, request, &scratch)
      }
      if missing - (isKnown[place] ? 0 : 1) == 0 { splits(query, place, request, &scratch) }
      if place + 1 < words,
        missing - (isKnown[place] ? 0 : 1) - (isKnown[place + 1] ? 0 : 1) == 0
      {
        join(query, place, request, &scratch)
      }
    }
    if edits > 1, (2...Self.mostPairedWords).contains(words), missing <= 2 {
      pairs(query, isKnown, request, &scratch)
    }
    // Alternatives overlap, and each gave its best.
    let found = scratch.found
    var documents = found.buffer
    documents.sort()
    var kept = 0
    for place in 0..<found.count
    where kept < request.limit && (kept == 0 || found.base[kept - 1] != found.base[place]) {
      found.base[kept] = found.base[place]
      kept += 1
    }
    found.resize(to: kept, filling: 0)
  }

  private func pairs(
    _ query: CompletionQuery,
    _ isKnown: [Bool],
    _ request: CompletionRequest,
    _ scratch: inout CompletionScratch
  ) {
    let words = query.words.count
    func canSlip(_ place: Int) -> Bool {
      Self.allowedEdits(query.words[place], isOpen: query.isOpen(place)) > 0
    }
    for first in 0..<words where canSlip(first) {
      for second in (first + 1)..<max(first + 1, words) where canSlip(second) {
        let others = (0..<words).filter { $0 != first && $0 != second }
        guard others.allSatisfy({ isKnown[$0] }) else { continue }
        attempt(query, edits: { $0 == first || $0 == second ? 1 : 0 }, request, &scratch)
      }
    }
  }

  private func exists(_ word: [UInt8], isOpen: Bool) -> Bool {
    word.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return false }
      return isOpen
        ? !index.terms.range(base, bytes.count).isEmpty
        : index.terms.find(base, bytes.count) != nil
    }
  }

  /// Runs one step whose matches are added to those found so far, which do not count for its limit.
  private func run(
    _ request: CompletionRequest,
    _ scratch: inout CompletionScratch,
    _ prefix: [UInt8]
  ) {
    var request = request
    request.limit += scratch.found.count
    prefix.withUnsafeBufferPointer { findAll(prefix: $0, request, &scratch) }
  }

  private func attempt(
    _ query: CompletionQuery,
    edits: (Int) -> Int,
    _ request: CompletionRequest,
    _ scratch: inout CompletionScratch
  ) {
    scratch.clearOperands()
    for place in query.words.indices {
      let isAdded = addWord(
        query.words[place],
        isOpen: query.isOpen(place),
        edits: edits(place),
        &scratch
      )
      guard isAdded else { return }
    }
    run(request, &scratch, query.prefix)
  }

  /// Adds the operand of a word; false if no term stands for it.
  func addWord(
    _ word: [UInt8],
    isOpen: Bool,
    edits: Int,
    _ scratch: inout CompletionScratch
  ) -> Bool {
    let start = scratch.ranges.count
    word.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return }
      if edits > 0 {
        scratch.walk.find(
          bytes,
          edits: edits,
          isPrefix: isOpen,
          in: index.terms,
          into: scratch.ranges
        )
        return
      }
      var range = index.terms.range(base, bytes.count)
      if !isOpen {
        guard let term = index.terms.find(base, bytes.count) else { return }
        range = term..<(term + 1)
      }
      guard !range.isEmpty else { return }
      scratch.ranges.append(
        TermRange(low: UInt32(range.lowerBound), high: UInt32(range.upperBound))
      )
    }
    return addOperand(from: start, isPrefix: isOpen && edits == 0, &scratch)
  }

  /// Reads a word as two that lack a space.
  private func splits(
    _ query: CompletionQuery,
    _ place: Int,
    _ request: CompletionRequest,
    _ scratch: inout CompletionScratch
  ) {
    let word = query.words[place]
    for cut in stride(from: 1, to: word.count, by: 1) where word[cut] & 0xC0 != 0x80 {
      let (left, right) = (Array(word[..<cut]), Array(word[cut...]))
      guard exists(left, isOpen: false), exists(right, isOpen: query.isOpen(place)) else {
        continue
      }
      var words = query.words
      words.replaceSubrange(place...place, with: [left, right])
      runExact(words, query.isOpen, request, &scratch)
    }
  }

  /// Reads a word and the next as one with a space too many.
  private func join(
    _ query: CompletionQuery,
    _ place: Int,
    _ request: CompletionRequest,
    _ scratch: inout CompletionScratch
  ) {
    var words = query.words
    words.replaceSubrange(place...(place + 1), with: [words[place] + words[place + 1]])
    runExact(words, query.isOpen, request, &scratch)
  }

  private func runExact(
    _ words: [[UInt8]],
    _ isOpen: Bool,
    _ request: CompletionRequest,
    _ scratch: inout CompletionScratch
  ) {
    scratch.clearOperands()
    for (place, word) in words.enumerated() {
      let isLast = isOpen && place == words.count - 1
      guard addWord(word, isOpen: isLast, edits: 0, &scratch) else { return }
    }
    run(request, &scratch, isOpen ? words.last ?? [] : [])
  }
}

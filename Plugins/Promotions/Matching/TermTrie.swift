// SPDX-License-Identifier: Apache-2.0
//
// The queries of all rules as one trie of terms. A search walks it once from each of its terms for
// the rules contained in it, and once from the first for the rules that are it, so the cost depends
// on the search's length and on the rules that match, not on how many rules there are.

/// A trie whose edges are terms and placeholders.
struct TermTrie: Sendable {
  private var terms: [String: UInt32] = [:]
  /// Next state by state and term.
  private var edges: [UInt64: UInt32] = [:]
  private var placeholderEdges: [UInt32: [(field: String, next: UInt32)]] = [:]
  private var stateCount: UInt32 = 2

  private static let exactRoot: UInt32 = 0
  private static let containsRoot: UInt32 = 1

  /// Adds a pattern and gives the state at which it ends.
  mutating func insert(_ pattern: QueryPattern) -> UInt32 {
    var state = pattern.isExact ? Self.exactRoot : Self.containsRoot
    for element in pattern.elements {
      switch element {
      case .term(let term):
        let number = terms[term] ?? UInt32(terms.count)
        terms[term] = number
        let key = UInt64(state) << 32 | UInt64(number)
        state = edges[key] ?? makeState()
        edges[key] = state
      case .placeholder(let field):
        if let edge = placeholderEdges[state]?.first(where: { $0.field == field }) {
          state = edge.next
        } else {
          let next = makeState()
          placeholderEdges[state, default: []].append((field, next))
          state = next
        }
      }
    }
    return state
  }

  private mutating func makeState() -> UInt32 {
    defer { stateCount += 1 }
    return stateCount
  }

  /// Calls `body` with the end state of each pattern that matches, maybe more than once, and with
  /// states at which no pattern ends.
  func forEachMatch(
    _ query: QueryTerms,
    _ values: (any FieldValues)?,
    _ body: (UInt32) -> Void
  ) {
    let words = query.words
    let numbers = query.terms.map { terms[$0] }
    var visited: Set<UInt64> = []
    walk(Self.exactRoot, 0, words, numbers, values, &visited) { state, position in
      if position == words.count { body(state) }
    }
    for start in 0...words.count {
      walk(Self.containsRoot, start, words, numbers, values, &visited) { state, _ in body(state) }
    }
  }

  private func walk(
    _ state: UInt32,
    _ position: Int,
    _ words: [String],
    _ numbers: [UInt32?],
    _ values: (any FieldValues)?,
    _ visited: inout Set<UInt64>,
    _ body: (UInt32, Int) -> Void
  ) {
    body(state, position)
    guard position < words.count else { return }
    if let number = numbers[position],
      let next = edges[UInt64(state) << 32 | UInt64(number)]
    {
      walk(next, position + 1, words, numbers, values, &visited, body)
    }
    guard let values, !placeholderEdges.isEmpty, let fields = placeholderEdges[state] else {
      return
    }
    // Placeholders make several ways to one place: the first is enough.
    guard visited.insert(UInt64(state) << 32 | UInt64(position)).inserted else { return }
    for (field, next) in fields {
      for run in values.runs(of: field, in: words, at: position) {
        walk(next, position + run.length, words, numbers, values, &visited, body)
      }
    }
  }
}

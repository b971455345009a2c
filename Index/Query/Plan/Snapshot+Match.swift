// SPDX-License-Identifier: Apache-2.0

import Dispatch

/// Which documents match, and by what.
struct Matches {
  /// By part of the snapshot.
  var documents: [Bitset]
  /// By word of the query, then by part: what scores are made of.
  var words: [[Matcher.SegmentWord]] = []
  /// The index terms that matched, by word; for highlighting.
  var candidates: [[Candidate]] = []
  var isCutOff = false
}

extension Snapshot {
  /// Finds the documents that hold all words; with too few hits, misspellings are allowed, then
  /// joined words split, then words left out.
  func match(
    _ query: ParsedQuery,
    _ request: SearchRequest,
    _ matcher: Matcher,
    _ allowed: [Bitset],
    _ deadline: UInt64
  ) throws -> Matches {
    guard !query.words.isEmpty else { return Matches(documents: allowed) }
    let expander = WordExpander(snapshot: self, request: request)
    let mayGoOn =
      query.endsInWord && (request.fields.isEmpty || request.fields.contains { $0.prefix })
    let edits = request.fields.map(\.typos).max() ?? 2
    var matches = Matches(documents: [])
    for (index, word) in query.words.enumerated() {
      matches.candidates.append(
        expander.exact(word, isPrefix: mayGoOn && index == query.words.count - 1)
      )
    }
    matches.words = try matches.candidates.map { try matcher.resolve($0) }
    matches.documents = atLeast(query.words.count, matches.words, allowed)
    if population(matches.documents) < request.typoThreshold, edits > 0 {
      try allowTypos(&matches, query, expander, matcher, mayGoOn: mayGoOn, edits: edits)
      matches.documents = atLeast(query.words.count, matches.words, allowed)
    }
    // A word that nothing matches cannot be required of any document.
    var required = matches.words.count
    while population(matches.documents) < request.dropThreshold, required > 1 {
      if DispatchTime.now().uptimeNanoseconds >= deadline {
        matches.isCutOff = true
        break
      }
      required -= 1
      matches.documents = atLeast(required, matches.words, allowed)
    }
    return matches
  }

  private func allowTypos(
    _ matches: inout Matches,
    _ query: ParsedQuery,
    _ expander: WordExpander,
    _ matcher: Matcher,
    mayGoOn: Bool,
    edits: Int
  ) throws {
    for (index, word) in query.words.enumerated() {
      // Words that the index knows are misspelled only where the unknown ones gave nothing.
      let isUnknown = matches.words[index].allSatisfy { $0.group.alternatives.isEmpty }
      guard isUnknown else { continue }
      let isPrefix = mayGoOn && index == query.words.count - 1
      var found = matches.candidates[index]
      for candidate in expander.misspelled(word, isPrefix: isPrefix, edits: edits)
      where !found.contains(where: { $0.term == candidate.term }) {
        found.append(candidate)
      }
      if found.count == 1, let halves = expander.split(word) {
        // Either half stands for the joined word; documents with both score above the rest.
        found += halves.map { Candidate(term: $0, weight: 0.9) }
      }
      if index + 1 < query.words.count {
        let joined = word + query.words[index + 1]
        if expander.isKnown(joined) { found.append(Candidate(term: joined, weight: 0.9)) }
      }
      matches.candidates[index] = found
      matches.words[index] = try matcher.resolve(found)
    }
  }

  func population(_ documents: [Bitset]) -> Int { documents.reduce(0) { $0 + $1.population } }

  /// The allowed documents that hold at least `required` of the words.
  private func atLeast(
    _ required: Int,
    _ words: [[Matcher.SegmentWord]],
    _ allowed: [Bitset]
  ) -> [Bitset] {
    parts.indices.map { part in
      // reached[n] holds the documents with more than n of the words seen so far.
      var reached = Array(
        repeating: Bitset(count: allowed[part].count),
        count: words.count
      )
      for word in words {
        let documents = word[part].documents
        for level in stride(from: words.count - 1, through: 1, by: -1) {
          var up = reached[level - 1]
          up.formIntersection(documents)
          reached[level].formUnion(up)
        }
        reached[0].formUnion(documents)
      }
      var result = reached[required - 1]
      result.formIntersection(allowed[part])
      return result
    }
  }

  /// The best matches in order.
  func rank(
    _ matches: Matches,
    order: SortOrder,
    limit: Int,
    deadline: UInt64,
    isCutOff: Bool
  ) throws -> ([ScoredDocument], Bool) {
    guard limit > 0 else { return ([], isCutOff) }
    guard order.isByScore else {
      return (try order.rank(self, matches, limit: limit), isCutOff)
    }
    var heap = TopHeap(capacity: limit)
    var isCutOff = isCutOff
    for (index, part) in parts.enumerated() {
      if matches.words.isEmpty {
        matches.documents[index].forEach {
          heap.offer(ScoredDocument(score: 0, segment: Int32(index), document: UInt32($0)))
        }
        continue
      }
      let isComplete = matches.documents[index].words.withUnsafeBufferPointer { mask in
        TopKEvaluator.evaluate(
          matches.words.map { $0[index].group },
          mode: .any,
          fields: fields(of: part),
          segment: Int32(index),
          mask: mask,
          deadline: deadline,
          heap: &heap
        )
      }
      if !isComplete { isCutOff = true }
    }
    return (heap.sorted(), isCutOff)
  }

  /// What the evaluator needs to know of a part's fields.
  func fields(of part: Part) -> SegmentFields {
    SegmentFields(
      documentCount: part.segment.documentCount,
      lengths: part.segment.lengths,
      builtAverages: part.segment.totalLengths.map {
        Float($0) / Float(max(1, part.segment.documentCount))
      },
      averages: averageLengths
    )
  }
}

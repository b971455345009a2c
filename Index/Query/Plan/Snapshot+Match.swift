// SPDX-License-Identifier: Apache-2.0

import Dispatch

/// Which documents match, and by what.
struct Matches {
  /// By part of the snapshot.
  var documents: [Bitset]
  /// By word of the query, then by part: what scores are made of.
  var words: [[Matcher.SegmentWord]] = []
  /// The query's words, for people.
  var queryWords: [String] = []
  /// The index terms that matched, by word; for highlighting.
  var candidates: [[Candidate]] = []
  /// The unfinished last word, which any term may continue.
  var prefix: [UInt8]?
  /// Whether what matches only by a synonym comes after everything else.
  var demotesSynonyms = false
  /// The searched fields.
  var fields: [SearchedField] = []
  var isCutOff = false
}

extension Snapshot {
  /// Finds the documents that hold all words; with too few hits, misspellings are allowed and words
  /// joined and split, first for words that the index does not know, then for all; then words are
  /// left out one by one.
  func match(
    _ query: ParsedQuery,
    _ request: SearchRequest,
    _ matcher: Matcher,
    _ allowed: [Bitset],
    _ deadline: UInt64
  ) throws -> Matches {
    guard !query.words.isEmpty else {
      // Nothing but marks, such as "???", is no word that a product could hold.
      let none = parts.map { Bitset(count: $0.segment.documentCount) }
      return Matches(documents: query.asksForAll ? allowed : none)
    }
    let expander = WordExpander(snapshot: self, request: request)
    var matches = Matches(documents: [])
    matches.fields = matcher.fields
    matches.demotesSynonyms = request.demotesSynonyms
    matches.queryWords = query.words.map { String(decoding: $0, as: UTF8.self) }
    if query.endsInWord, request.fields.isEmpty || request.fields.contains(where: \.prefix) {
      matches.prefix = query.words.last
    }
    for (index, word) in query.words.enumerated() {
      let prefix = index == query.words.count - 1 ? matches.prefix : nil
      let candidates = expander.exact(word, isPrefix: prefix != nil)
      matches.candidates.append(candidates)
      matches.words.append(try matcher.resolve(candidates, prefix: prefix))
    }
    try addSynonyms(&matches, query, request, matcher)
    func isSettled(_ threshold: Int) -> Bool {
      if DispatchTime.now().uptimeNanoseconds >= deadline { matches.isCutOff = true }
      return matches.isCutOff || population(matches.documents) >= threshold
    }
    if request.splitJoin == .always || request.infix == .always {
      try addVariants(&matches, query, request, matcher, edits: 0, infix: request.infix == .always)
    }
    matches.documents = atLeast(query.words.count, matches.words, allowed)
    let edits = request.fields.map(\.typos).max() ?? 2
    for onlyUnknown in [true, false] where edits > 0 && !isSettled(request.typoThreshold) {
      try addVariants(
        &matches,
        query,
        request,
        matcher,
        edits: edits,
        onlyUnknown: onlyUnknown
      )
      matches.documents = atLeast(query.words.count, matches.words, allowed)
    }
    if request.infix == .fallback, !isSettled(1) {
      try addVariants(&matches, query, request, matcher, edits: 0, infix: true)
      matches.documents = atLeast(query.words.count, matches.words, allowed)
    }
    var required = matches.words.count
    while required > 1, !isSettled(request.dropThreshold) {
      required -= 1
      matches.documents = dropping(to: required, matches.words, allowed, request.dropOrder)
    }
    return matches
  }

  /// Lets documents that hold all words of a synonym stand for those that hold what it replaces.
  private func addSynonyms(
    _ matches: inout Matches,
    _ query: ParsedQuery,
    _ request: SearchRequest,
    _ matcher: Matcher
  ) throws {
    guard query.phrases.isEmpty else { return }
    for replacement in request.replacements(in: query.words) {
      let candidates = replacement.phrase.map {
        [Candidate(term: $0, weight: WordExpander.synonymWeight, match: .synonym)]
      }
      let resolved = try candidates.map { try matcher.resolve($0) }
      for part in parts.indices {
        var together = Bitset(count: parts[part].segment.documentCount, full: true)
        for word in resolved { together.formIntersection(word[part].documents) }
        for index in replacement.words {
          matches.words[index][part].documents.formUnion(together)
          var known = matches.words[index][part].synonymDocuments ?? together
          known.formUnion(together)
          matches.words[index][part].synonymDocuments = known
          matches.words[index][part].group.alternatives += resolved.flatMap {
            $0[part].group.alternatives
          }
        }
      }
      matches.candidates[replacement.words.lowerBound] += candidates.flatMap { $0 }
    }
  }

  /// Lets misspellings of up to `edits` edits, halves of words, joined neighbours and, with `infix`,
  /// terms around words stand for them.
  private func addVariants(
    _ matches: inout Matches,
    _ query: ParsedQuery,
    _ request: SearchRequest,
    _ matcher: Matcher,
    edits: Int,
    onlyUnknown: Bool = false,
    infix: Bool = false
  ) throws {
    let expander = WordExpander(snapshot: self, request: request)
    var found = matches.candidates
    for (index, word) in query.words.enumerated() {
      let isUnknown = matches.words[index].allSatisfy { $0.group.alternatives.isEmpty }
      guard isUnknown || !onlyUnknown else { continue }
      let isPrefix = matches.prefix != nil && index == query.words.count - 1
      if edits > 0, request.mayBeMisspelled(word) {
        found[index] += expander.misspelled(word, isPrefix: isPrefix, edits: edits)
      }
      if infix { found[index] += expander.containing(word) }
      let splits = request.splitJoin == .always || isUnknown && request.splitJoin == .fallback
      if splits, let halves = expander.split(word) {
        // Either half stands for the joined word; documents with both score above the rest.
        found[index] += halves.map { Candidate(term: $0, weight: 0.9, match: .joined) }
      }
    }
    for index in query.words.indices.dropLast() where request.splitJoin != .never {
      let joined = Candidate(
        term: query.words[index] + query.words[index + 1],
        weight: 0.9,
        match: .joined
      )
      guard expander.isKnown(joined.term) else { continue }
      found[index].append(joined)
      found[index + 1].append(joined)
    }
    for index in query.words.indices where found[index].count > matches.candidates[index].count {
      var seen: Set<[UInt8]> = []
      let distinct = found[index].filter { seen.insert($0.term).inserted }
      let prefix = index == query.words.count - 1 ? matches.prefix : nil
      var words = try matcher.resolve(distinct, prefix: prefix)
      // What synonyms added stays.
      for part in words.indices {
        words[part].documents.formUnion(matches.words[index][part].documents)
        words[part].synonymDocuments = matches.words[index][part].synonymDocuments
        let known = Set(words[part].group.alternatives.map(\.term))
        words[part].group.alternatives += matches.words[index][part].group.alternatives.filter {
          !known.contains($0.term)
        }
      }
      matches.candidates[index] = distinct
      matches.words[index] = words
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
      var result = allowed[part]
      if required == words.count {
        for word in words { result.formIntersection(word[part].documents) }
        return result
      }
      // reached[n] holds the documents with more than n of the words seen so far.
      var reached = Array(repeating: Bitset(count: result.count), count: required)
      for word in words {
        let documents = word[part].documents
        for level in stride(from: required - 1, through: 1, by: -1) {
          var up = reached[level - 1]
          up.formIntersection(documents)
          reached[level].formUnion(up)
        }
        reached[0].formUnion(documents)
      }
      result.formIntersection(reached[required - 1])
      return result
    }
  }

  /// The allowed documents that hold the words that are left when all but `required` are dropped.
  private func dropping(
    to required: Int,
    _ words: [[Matcher.SegmentWord]],
    _ allowed: [Bitset],
    _ order: DropOrder
  ) -> [Bitset] {
    guard let kept = order.kept(required, of: words.count) else {
      return atLeast(required, words, allowed)
    }
    return parts.indices.map { part in
      var result = Bitset(count: parts[part].segment.documentCount)
      for range in kept {
        var together = allowed[part]
        for word in words[range] { together.formIntersection(word[part].documents) }
        result.formUnion(together)
      }
      return result
    }
  }

  /// The best matches in order; says in `matches` if time ran out.
  func rank(
    _ matches: inout Matches,
    order: SortOrder,
    limit: Int,
    deadline: UInt64
  ) throws -> [ScoredDocument] {
    guard limit > 0 else { return [] }
    guard order.isByScore else {
      return try order.rank(self, &matches, limit: limit, deadline: deadline)
    }
    var heap = TopHeap(capacity: limit)
    if !matches.words.isEmpty {
      for (index, part) in parts.enumerated() {
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
        if !isComplete { matches.isCutOff = true }
      }
    }
    var ranked = heap.sorted()
    if ranked.count < limit { fill(&ranked, matches, limit: limit) }
    return ranked
  }

  /// Adds matches that no scored term reached, in document order: all of a query of everything,
  /// and those by rare continuations of a prefix.
  private func fill(_ ranked: inout [ScoredDocument], _ matches: Matches, limit: Int) {
    var rest = matches.documents
    for document in ranked { rest[Int(document.segment)].remove(Int(document.document)) }
    for (index, documents) in rest.enumerated() {
      for (number, word) in documents.words.enumerated() {
        var bits = word
        while bits != 0 {
          guard ranked.count < limit else { return }
          let document = UInt32(number << 6 + bits.trailingZeroBitCount)
          ranked.append(ScoredDocument(score: 0, segment: Int32(index), document: document))
          bits &= bits - 1
        }
      }
    }
  }

  /// What the evaluator needs to know of a part's fields.
  func fields(of part: Part) -> SegmentFields {
    SegmentFields(
      documentCount: part.segment.documentCount,
      lengths: part.segment.lengths,
      builtAverages: part.segment.totalLengths.map {
        Float($0) / Float(max(1, part.segment.documentCount))
      },
      averages: averageLengths,
      bitmaps: part.segment.bitmaps
    )
  }
}

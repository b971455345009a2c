// SPDX-License-Identifier: Apache-2.0

/// Answers what is typed into a search box with completions; one thread at a time.
///
/// It holds the memory that searches work in, so make one per thread and keep it.
public final class CompletionSearcher {
  /// A completion that was found.
  struct Hit {
    var level: Int
    var document: UInt32
    /// One of its keys.
    var key: UInt32
    var score: Float
    var match: Completion.Match
  }

  let text: CompletionText
  var scratch = CompletionScratch()
  private var folded = FoldedText()
  private(set) var hits: [Hit] = []
  private let known = FlatArray<UInt32>()
  private var joinsNearDuplicates = false

  /// Creates a searcher.
  ///
  /// - Throws: ``IndexError`` if ICU's data is missing.
  public init() throws(IndexError) {
    text = try CompletionText()
    hits.reserveCapacity(64)
  }

  deinit { scratch.deallocate() }

  /// The completions of what was typed.
  ///
  /// First those that start with it, then those that have its words anywhere, the last one as a
  /// beginning, then those that do so but for slips of typing; each by descending score, ties by
  /// ascending key. A blank query gives the best of all.
  ///
  /// - Parameters:
  ///   - query: What was typed so far; a space at the end means that the last word is finished.
  ///   - completions: What is searched.
  ///   - limit: The most completions to return, 1...1000.
  ///   - options: How far the search goes.
  /// - Returns: At most `limit` completions, none twice.
  public func suggest(
    _ query: String,
    in completions: CompletionSnapshot,
    limit: Int = 10,
    options: CompletionOptions = CompletionOptions()
  ) -> [Completion] {
    var parsed = search(query, completions, limit, options)
    if hits.isEmpty, options.readsOtherLayouts, options.maximumTypos > 0,
      let other = KeyboardLayout.other(query)
    {
      var exact = options
      exact.maximumTypos = 0
      parsed = search(other, completions, limit, exact)
    }
    return results(parsed, completions)
  }

  /// Fills ``hits``; returns the query as understood.
  @discardableResult
  func search(
    _ query: String,
    _ completions: CompletionSnapshot,
    _ limit: Int,
    _ options: CompletionOptions
  ) -> FoldedText {
    let limit = min(max(limit, 1), 1000)
    hits.removeAll(keepingCapacity: true)
    joinsNearDuplicates = options.joinsNearDuplicates && completions.hasNearDuplicates
    var query = query
    query.withUTF8 { text.fold($0, isQuery: true, into: &folded) }
    guard !folded.key.isEmpty || query.allSatisfy(\.isWhitespace) else { return folded }
    findPrefix(completions, limit)
    guard hits.count < min(limit, options.wordsThreshold), !folded.key.isEmpty else {
      return folded
    }
    let parsed = CompletionQuery(folded)
    findWords(parsed, completions, limit)
    var edits = 1
    while hits.count < min(limit, options.typoThreshold), edits <= min(2, options.maximumTypos) {
      findTypos(parsed, edits, completions, limit)
      edits += 1
    }
    return folded
  }

  /// The completions with all words of a query, those that start with it not put first.
  func words(_ query: String, in completions: CompletionSnapshot, limit: Int) -> [Completion] {
    hits.removeAll(keepingCapacity: true)
    joinsNearDuplicates = false
    var query = query
    query.withUTF8 { text.fold($0, isQuery: true, into: &folded) }
    findWords(CompletionQuery(folded), completions, limit)
    return results(folded, completions)
  }

  /// Appends completions whose key starts with the folded query.
  func findPrefix(_ completions: CompletionSnapshot, _ limit: Int) {
    // An empty array may have no address, and the empty prefix is a prefix of all.
    if folded.key.isEmpty {
      step(completions, limit, .prefix) { level, request, scratch in
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1) {
          level.findPrefix(UnsafeBufferPointer(start: $0.baseAddress, count: 0), request, &scratch)
        }
      }
      return
    }
    folded.key.withUnsafeBufferPointer { key in
      step(completions, limit, .prefix) { level, request, scratch in
        level.findPrefix(key, request, &scratch)
      }
    }
  }

  /// Appends completions with all words of the query.
  func findWords(_ query: CompletionQuery, _ completions: CompletionSnapshot, _ limit: Int) {
    query.prefix.withUnsafeBufferPointer { prefix in
      step(completions, limit, .words) { level, request, scratch in
        scratch.clearOperands()
        for place in query.words.indices {
          let isAdded = level.addWord(
            query.words[place],
            isOpen: query.isOpen(place),
            edits: 0,
            &scratch
          )
          guard isAdded else { return }
        }
        level.findAll(prefix: prefix, request, &scratch)
      }
    }
  }

  private func findTypos(
    _ query: CompletionQuery,
    _ edits: Int,
    _ completions: CompletionSnapshot,
    _ limit: Int
  ) {
    step(completions, limit, .typo) { level, request, scratch in
      level.findTypos(query, edits: edits, request, &scratch)
    }
  }

  /// Runs one step on every level and appends the best of what it finds.
  @inline(__always)
  private func step(
    _ completions: CompletionSnapshot,
    _ limit: Int,
    _ match: Completion.Match,
    _ find: (CompletionLevel, CompletionRequest, inout CompletionScratch) -> Void
  ) {
    let before = hits.count
    guard before < limit else { return }
    for (place, level) in completions.levels.enumerated() {
      known.resize(to: 0, filling: 0)
      for hit in hits[..<before] where hit.level == place { known.append(hit.document) }
      scratch.found.resize(to: 0, filling: 0)
      scratch.foundKeys.resize(to: 0, filling: 0)
      let request = CompletionRequest(
        known: UnsafeBufferPointer(known.buffer),
        limit: limit - before
      )
      find(level, request, &scratch)
      let (found, keys, index) = (scratch.found.buffer, scratch.foundKeys.buffer, level.index)
      for (number, document) in found.enumerated() {
        let key = number < keys.count ? keys[number] : UInt32(index.key(of: Int(document)))
        if keys.isEmpty { index.keys.prefetch(Int(key)) }
        hits.append(
          Hit(
            level: place,
            document: document,
            key: key,
            score: index.scores[Int(document)],
            match: match
          )
        )
      }
    }
    guard joinsNearDuplicates || completions.levels.count > 1 else { return }
    if completions.levels.count > 1 {
      hits[before...].sort { a, b in
        if a.score != b.score { return a.score > b.score }
        if a.level == b.level { return a.document < b.document }
        return key(a, completions).lexicographicallyPrecedes(key(b, completions))
      }
    }
    if joinsNearDuplicates { joinNearDuplicates(completions) }
    if hits.count > limit { hits.removeSubrange(limit...) }
  }

  /// Leaves the first of hits with one fingerprint.
  private func joinNearDuplicates(_ completions: CompletionSnapshot) {
    guard hits.count > 1 else { return }
    var seen: Set<[UInt8]> = []
    hits.removeAll { !seen.insert(CompletionFingerprint.of(key($0, completions))).inserted }
  }

  private func key(_ hit: Hit, _ completions: CompletionSnapshot) -> [UInt8] {
    let index = completions.levels[hit.level].index
    let decoded = index.keys.decode(index.key(of: Int(hit.document)), into: scratch.key)
    return Array(UnsafeBufferPointer(start: scratch.key, count: decoded.length))
  }
}

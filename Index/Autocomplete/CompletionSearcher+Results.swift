// SPDX-License-Identifier: Apache-2.0

extension CompletionSearcher {
  /// What is returned for the hits.
  func results(_ query: FoldedText, _ completions: CompletionSnapshot) -> [Completion] {
    var results: [Completion] = []
    results.reserveCapacity(hits.count)
    let typed = query.key.last == 0x20 ? query.key.count - 1 : query.key.count
    // Most results start with what was typed: they share one array, and a query's words are only
    // told apart for the others.
    let beginning = typed > 0 ? [0..<typed] : []
    var parsed: CompletionQuery?
    hits.withUnsafeBufferPointer { hits in
      for hit in hits {
        let index = completions.levels[hit.level].index
        var decoded = index.keys.decode(Int(hit.key), into: scratch.key)
        if let flags = decoded.extras.first, flags & CompletionFormat.Flag.alias != 0 {
          decoded = index.keys.decode(index.key(of: Int(hit.document)), into: scratch.key)
        }
        let key = UnsafeBufferPointer(start: UnsafePointer(scratch.key), count: decoded.length)
        var marked = beginning
        if !Self.starts(key, with: query.key, count: typed) {
          let words = parsed ?? CompletionQuery(query)
          parsed = words
          marked = highlights(key, words, hit.match)
        }
        results.append(completion(hit, index, key, decoded.extras, marked))
      }
    }
    return results
  }

  @inline(__always)
  private static func starts(
    _ key: UnsafeBufferPointer<UInt8>,
    with typed: [UInt8],
    count: Int
  ) -> Bool {
    guard count <= key.count else { return false }
    for place in 0..<count where key[place] != typed[place] { return false }
    return true
  }

  @inline(__always)
  private func completion(
    _ hit: Hit,
    _ index: CompletionIndex,
    _ key: UnsafeBufferPointer<UInt8>,
    _ stored: UnsafeRawBufferPointer,
    _ marked: [Range<Int>]
  ) -> Completion {
    guard !stored.isEmpty else {
      return Completion(
        entry: CompletionEntry(text: String(decoding: key, as: UTF8.self), score: hit.score),
        highlights: marked,
        match: hit.match
      )
    }
    let extras = CompletionExtras(stored)
    let shown = extras.text(key: key)
    return Completion(
      entry: CompletionEntry(
        text: shown,
        score: hit.score,
        count: extras.count,
        kind: extras.kind,
        category: index.category(extras)
      ),
      highlights: extras.isWrittenAsKey ? marked : sourceRanges(marked, shown),
      match: hit.match
    )
  }

  /// The parts of a key that does not start with what was typed that were typed all the same.
  private func highlights(
    _ key: UnsafeBufferPointer<UInt8>,
    _ query: CompletionQuery,
    _ match: Completion.Match
  ) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var start = 0
    for index in 0...key.count where index == key.count || key[index] == 0x20 {
      if let length = typedLength(key[start..<index], query, match) {
        ranges.append(start..<(start + length))
      }
      start = index + 1
    }
    return ranges
  }

  /// How much of a key's word was typed; nil if nothing.
  private func typedLength(
    _ word: Slice<UnsafeBufferPointer<UInt8>>,
    _ query: CompletionQuery,
    _ match: Completion.Match
  ) -> Int? {
    for (place, typed) in query.words.enumerated() {
      if query.isOpen(place) ? word.starts(with: typed) : word.elementsEqual(typed) {
        return typed.count
      }
    }
    guard match == .typo else { return nil }
    let scalars = Array(String(decoding: word, as: UTF8.self).unicodeScalars)
    for (place, typed) in query.words.enumerated() {
      let allowed = CompletionLevel.allowedEdits(typed, isOpen: query.isOpen(place))
      let other = Array(String(decoding: typed, as: UTF8.self).unicodeScalars)
      let isNear = EditDistance.isWithin(allowed, other, scalars, isPrefix: query.isOpen(place))
      if allowed > 0, isNear { return word.count }
    }
    return nil
  }

  /// Where ranges of the key lie in the text as it is shown.
  private func sourceRanges(_ ranges: [Range<Int>], _ shown: String) -> [Range<Int>] {
    guard !ranges.isEmpty else { return [] }
    if let found = CompletionText.asciiRanges(ranges, shown) { return found }
    let mapped = text.fold(shown, isQuery: false, isMapped: true)
    var result: [Range<Int>] = []
    for range in ranges where range.upperBound <= mapped.ends.count && !range.isEmpty {
      let low = Int(mapped.starts[range.lowerBound])
      let high = Int(mapped.ends[range.upperBound - 1])
      if low < high { result.append(low..<high) }
    }
    return result
  }
}

/// The plain edit distance (optimal string alignment), for single words.
enum EditDistance {
  /// Whether `word`, or for `isPrefix` a beginning of it, is within `limit` edits of `typed`.
  static func isWithin(
    _ limit: Int,
    _ typed: [Unicode.Scalar],
    _ word: [Unicode.Scalar],
    isPrefix: Bool
  ) -> Bool {
    var before: [Int] = []
    var above = Array(0...typed.count)
    if isPrefix ? above[typed.count] <= limit : word.isEmpty && typed.count <= limit { return true }
    for row in 1...max(1, word.count) where row <= word.count {
      var current = [row]
      for column in 0..<typed.count {
        var value = min(above[column + 1] + 1, current[column] + 1)
        value = min(value, above[column] + (typed[column] == word[row - 1] ? 0 : 1))
        if column > 0, row > 1, typed[column] == word[row - 2], typed[column - 1] == word[row - 1] {
          value = min(value, before[column - 1] + 1)
        }
        current.append(value)
      }
      if isPrefix, current[typed.count] <= limit { return true }
      (before, above) = (above, current)
    }
    return above[typed.count] <= limit
  }
}

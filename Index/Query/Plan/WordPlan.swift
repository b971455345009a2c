// SPDX-License-Identifier: Apache-2.0

/// One index term that may stand for a word of the query.
struct Candidate: Hashable {
  var term: [UInt8]
  /// How much a match by it counts against an exact one, above 0 and at most 1.
  var weight: Float
  /// How the term comes to stand for the word.
  var match: WordMatch
}

/// Finds the index terms that may stand for a word, over all segments of a snapshot.
struct WordExpander {
  let snapshot: Snapshot
  let request: SearchRequest

  /// A prefix match counts this much of an exact one, a misspelling that much per edit.
  private static let prefixWeight: Float = 0.6
  private static let editWeight: Float = 0.6
  static let synonymWeight: Float = 0.9
  private static let infixWeight: Float = 0.5
  /// The singular of a plural, and the other way round.
  private static let otherNumberWeight: Float = 0.8

  /// The word itself and, where allowed, terms that it is a prefix of.
  func exact(_ word: [UInt8], isPrefix: Bool) -> [Candidate] {
    var found = [Candidate(term: word, weight: 1, match: .exact)]
    var seen: Set<[UInt8]> = [word]
    if isPrefix, word.count >= 1 {
      for part in snapshot.parts {
        let limit = request.candidateLimit
        for entry in part.segment.dictionary.expand(prefix: word, limit: limit)
        where seen.insert(entry.term).inserted {
          found.append(
            Candidate(term: entry.term, weight: Self.prefixWeight, match: .prefix)
          )
        }
      }
    }
    for form in Self.otherNumber(of: word) where isKnown(form) && seen.insert(form).inserted {
      found.append(Candidate(term: form, weight: Self.otherNumberWeight, match: .otherNumber))
    }
    return Self.ordered(found)
  }

  /// Terms within the edits that the word's length allows.
  func misspelled(_ word: [UInt8], isPrefix: Bool, edits allowed: Int) -> [Candidate] {
    let edits = min(allowed, request.edits(in: word))
    guard edits > 0 else { return [] }
    var found: [[UInt8]: Int] = [:]
    for part in snapshot.parts {
      let dictionary = part.segment.dictionary
      let query = SegmentCache.FuzzyQuery(
        word: word,
        edits: edits,
        isPrefix: isPrefix,
        limit: request.candidateLimit
      )
      let matches = part.segment.cache.misspellings(query) {
        dictionary.fuzzy(
          word,
          maximumEdits: edits,
          prefix: isPrefix,
          limit: request.candidateLimit
        ).map { SegmentCache.Misspelling(term: $0.entry.term, edits: $0.edits) }
      }
      for match in matches { found[match.term] = min(found[match.term] ?? .max, match.edits) }
    }
    return Self.ordered(
      found.map { term, edits in
        var weight: Float = 1
        for _ in 0..<edits { weight *= Self.editWeight }
        // Edits alone make no term longer than by their number.
        return Candidate(
          term: term,
          weight: weight,
          match: .misspelled(edits: edits, goesOn: term.scalarCount > word.scalarCount + edits)
        )
      }
    )
  }

  /// Terms that the word is a part of.
  func containing(_ word: [UInt8]) -> [Candidate] {
    var found: [Candidate] = []
    var seen: Set<[UInt8]> = []
    for part in snapshot.parts {
      let dictionary = part.segment.dictionary
      for entry in dictionary.expand(containing: word, limit: request.candidateLimit)
      where seen.insert(entry.term).inserted {
        found.append(Candidate(term: entry.term, weight: Self.infixWeight, match: .inner))
      }
    }
    return Self.ordered(found)
  }

  /// Whether any segment holds a term.
  func isKnown(_ term: [UInt8]) -> Bool {
    snapshot.parts.contains { $0.segment.dictionary.lookUp(term) != nil }
  }

  /// The word cut in two terms that the index holds, the most frequent rarer half first; or nil.
  func split(_ word: [UInt8]) -> [[UInt8]]? {
    guard word.count >= 4, word.count <= 64 else { return nil }
    var best: (terms: [[UInt8]], frequency: UInt32)?
    for cut in 2...(word.count - 2) where word[cut] & 0xC0 != 0x80 {
      let halves = [Array(word[..<cut]), Array(word[cut...])]
      let frequency = halves.map(frequency).min() ?? 0
      if frequency > best?.frequency ?? 0 { best = (halves, frequency) }
    }
    return best?.terms
  }

  private func frequency(_ term: [UInt8]) -> UInt32 {
    snapshot.parts.reduce(0) {
      $0 + ($1.segment.dictionary.lookUp(term)?.documentFrequency ?? 0)
    }
  }

  /// Forms that differ by a plural's s, as in English, French and Spanish; only those that the index
  /// knows are used, so a wrong guess costs a look-up and nothing else.
  private static func otherNumber(of word: [UInt8]) -> [[UInt8]] {
    guard word.count >= 3, word.allSatisfy({ (0x61...0x7A).contains($0) }) else { return [] }
    let s = UInt8(ascii: "s")
    guard word.last == s else {
      let y = word.last == UInt8(ascii: "y") ? [word.dropLast() + Array("ies".utf8)] : []
      return [word + [s], word + Array("es".utf8)] + y
    }
    var forms = [Array(word.dropLast())]
    if word.suffix(2) == [UInt8(ascii: "e"), s] { forms.append(Array(word.dropLast(2))) }
    if word.suffix(3) == Array("ies".utf8)[...] {
      forms.append(word.dropLast(3) + [UInt8(ascii: "y")])
    }
    return forms.filter { $0.count >= 2 }
  }

  private static func ordered(_ candidates: [Candidate]) -> [Candidate] {
    candidates.sorted {
      $0.weight != $1.weight ? $0.weight > $1.weight : $0.term.lexicographicallyPrecedes($1.term)
    }
  }
}

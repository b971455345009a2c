// SPDX-License-Identifier: Apache-2.0

import Dispatch

/// A searched text field.
struct SearchedField {
  /// Its number in postings.
  var number: Int
  var settings: SearchRequest.QueryField
}

/// Turns words into match sets and term groups, segment by segment.
struct Matcher {
  let snapshot: Snapshot
  let request: SearchRequest
  /// The searched text fields.
  let fields: [SearchedField]
  /// Whether continuations of a prefix are kept by field.
  let keepsContinuations: Bool
  /// Monotonic nanoseconds at which to stop.
  let deadline: UInt64

  /// A word's lists in one segment: the evaluator's group and the documents that hold the word.
  struct SegmentWord {
    var group: TermGroup
    var documents: Bitset
    /// If kept, by searched field, documents with any term that continues the unfinished word.
    var continuations: [Bitset] = []
    /// The documents that hold all words of a synonym for it; nil for no synonym.
    var synonymDocuments: Bitset?
  }

  /// Looks a word's candidates up in every segment.
  ///
  /// All candidates of a word share one document frequency, that of the most frequent: else a rare
  /// misspelling would outrank what was meant.
  ///
  /// `prefix`: If given, documents with any term that starts with it match too; only those of the
  /// candidates have a score.
  func resolve(
    _ candidates: [Candidate],
    prefix: [UInt8]? = nil
  ) throws(IndexError) -> [SegmentWord] {
    var entries: [[(TermDictionary.Entry, Candidate)]] = []
    var frequency = 0
    for candidate in candidates {
      var total = 0
      for (index, part) in snapshot.parts.enumerated() {
        if entries.count <= index { entries.append([]) }
        guard let entry = part.segment.dictionary.lookUp(candidate.term) else { continue }
        entries[index].append((entry, candidate))
        total += Int(entry.documentFrequency)
      }
      frequency = max(frequency, total)
    }
    let scale =
      TermGroup.inverseDocumentFrequency(
        documents: snapshot.indexedCount,
        containing: frequency
      ) * (FieldLengths.k1 + 1)
    var words: [SegmentWord] = []
    for (index, part) in snapshot.parts.enumerated() {
      var group = TermGroup(alternatives: [])
      var documents = Bitset(count: part.segment.documentCount)
      for (entry, candidate) in entries.isEmpty ? [] : entries[index] {
        var lists: [(list: PostingsList, weight: Float)] = []
        for list in try part.segment.lists(entry) {
          guard let field = fields.first(where: { $0.number == list.field }),
            candidate.match.isAllowed(in: field.settings)
          else { continue }
          lists.append((list, field.settings.weight))
          documents.words.withUnsafeMutableBufferPointer { words in
            guard !list.impacts.isEmpty, let bitmap = part.segment.bitmaps.bitmap(list) else {
              return list.mark(in: words)
            }
            for (index, word) in bitmap.words.prefix(words.count).enumerated() {
              words[index] |= word
            }
          }
        }
        if !lists.isEmpty {
          group.alternatives.append(
            TermGroup.Alternative(
              term: entry.term,
              scale: scale * candidate.weight,
              lists: lists,
              match: candidate.match
            )
          )
        }
      }
      var continuations: [Bitset] = []
      if let prefix {
        if keepsContinuations {
          let none = Bitset(count: part.segment.documentCount)
          continuations = Array(repeating: none, count: fields.count)
        }
        try mark(part.segment, prefix: prefix, in: &documents, &continuations)
      }
      words.append(
        SegmentWord(group: group, documents: documents, continuations: continuations)
      )
    }
    return words
  }

  /// Adds the documents that hold a term with a prefix in a searched field, until time is up.
  private func mark(
    _ segment: Segment,
    prefix: [UInt8],
    in documents: inout Bitset,
    _ continuations: inout [Bitset]
  ) throws(IndexError) {
    var terms = 0
    var failure: IndexError?
    segment.dictionary.forEach(prefix: prefix) { entry in
      terms += 1
      if terms % 256 == 0, DispatchTime.now().uptimeNanoseconds >= deadline { return false }
      do throws(IndexError) {
        for list in try segment.lists(entry) {
          guard let field = fields.firstIndex(where: { $0.number == list.field }),
            fields[field].settings.prefix
          else { continue }
          if continuations.isEmpty {
            documents.words.withUnsafeMutableBufferPointer { list.mark(in: $0) }
          } else {
            continuations[field].words.withUnsafeMutableBufferPointer { list.mark(in: $0) }
          }
        }
        return true
      } catch {
        failure = error
        return false
      }
    }
    if let failure { throw failure }
    for continued in continuations { documents.formUnion(continued) }
  }
}

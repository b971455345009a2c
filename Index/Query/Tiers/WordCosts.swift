// SPDX-License-Identifier: Apache-2.0

/// How far the words that some documents of a segment hold are from the query's, by field.
///
/// A byte for each document, word and searched field, those of a document side by side.
final class WordCosts {
  /// The cost where a field lacks the word.
  static let absent = UInt8.max
  /// Bytes of costs at once, about.
  static let mostBytes = 32 << 20
  /// Added to costs of matches by synonyms, where those come after all others.
  static let demoted: UInt8 = 64

  /// Bytes of a document: one for each field of each word, word by word.
  private let width: Int
  private let documents: Bitset
  /// By word of the set, documents before it.
  private let ranks: [UInt32]
  private let costs: UnsafeMutablePointer<UInt8>

  /// - Parameters:
  ///   - words: The query's words in the segment.
  ///   - fieldCount: The searched fields.
  ///   - field: The searched field of a number in postings.
  ///   - documents: The documents that will be asked for.
  ///   - demotesSynonyms: Whether matches by synonyms come after all others.
  init(
    _ words: [Matcher.SegmentWord],
    fieldCount: Int,
    field: (Int) -> Int?,
    documents: Bitset,
    demotesSynonyms: Bool
  ) {
    self.documents = documents
    width = words.count * fieldCount
    var before: UInt32 = 0
    ranks = documents.words.map { word in
      defer { before += UInt32(word.nonzeroBitCount) }
      return before
    }
    let size = Int(before) * width
    costs = .allocate(capacity: size)
    costs.initialize(repeating: Self.absent, count: size)
    var few: [UInt32] = []
    if before <= 256 { documents.forEach { few.append(UInt32($0)) } }
    for (index, word) in words.enumerated() {
      for alternative in word.group.alternatives {
        let isSynonym = alternative.match == .synonym
        var cost = UInt8(min(alternative.match.cost, 63))
        if isSynonym, demotesSynonyms { cost += Self.demoted }
        let only = isSynonym ? word.synonymDocuments : nil
        for (list, _) in alternative.lists {
          guard let field = field(list.field) else { continue }
          let cell = index * fieldCount + field
          if few.isEmpty {
            add(list, cost, cell, only)
          } else {
            list.forEach(in: few) { place in
              guard only?.contains(Int(few[place])) ?? true else { return }
              lower(place * width + cell, to: cost)
            }
          }
        }
      }
      for (field, continued) in word.continuations.enumerated() {
        add(continued, UInt8(WordMatch.prefix.cost), index * fieldCount + field)
      }
    }
  }

  deinit { costs.deallocate() }

  /// The costs of a document, which must be one that was given: of each field of the first word, then
  /// of the next.
  @inline(__always)
  subscript(document: Int) -> UnsafePointer<UInt8> {
    UnsafePointer(costs + rank(document) * width)
  }

  @inline(__always)
  private func rank(_ document: Int) -> Int {
    let below = documents.words[document >> 6] & (1 << UInt64(document & 63) &- 1)
    return Int(ranks[document >> 6]) + below.nonzeroBitCount
  }

  @inline(__always)
  private func lower(_ place: Int, to cost: UInt8) { costs[place] = min(costs[place], cost) }

  private func add(_ list: PostingsList, _ cost: UInt8, _ cell: Int, _ only: Bitset?) {
    list.forEachBlock { documents, _ in
      for document in documents {
        let document = Int(document)
        guard document < self.documents.count, self.documents.contains(document),
          only?.contains(document) ?? true
        else { continue }
        lower(rank(document) * width + cell, to: cost)
      }
      return true
    }
  }

  private func add(_ set: Bitset, _ cost: UInt8, _ cell: Int) {
    var rank = 0
    for (word, wanted) in zip(set.words, documents.words) {
      var rest = wanted
      while rest != 0 {
        if word >> UInt64(rest.trailingZeroBitCount) & 1 == 1 {
          lower(rank * width + cell, to: cost)
        }
        rank += 1
        rest &= rest - 1
      }
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SearchIndex

struct PostingsTests {
  /// Random documents over a skewed vocabulary, by field.
  private func documents(_ random: inout SeededRandom, count: Int) -> [[[String]]] {
    (0..<count).map { _ in
      (0..<2).map { _ in
        (0..<Int.random(in: 0...12, using: &random)).map { _ in
          "w\(Int(Double.random(in: 0..<1, using: &random) * Double.random(in: 0..<1, using: &random) * 40))"
        }
      }
    }
  }

  private func build(_ documents: [[[String]]], reorder: Bool) throws -> BuiltPostings {
    let buffer = IndexBuffer(fieldCount: 2)
    for document in documents {
      buffer.beginDocument()
      for (field, words) in document.enumerated() {
        for (position, word) in words.enumerated() {
          Array(word.utf8).withUnsafeBufferPointer {
            buffer.add(term: $0, field: field, position: position)
          }
        }
      }
    }
    return try buffer.build(reorder: reorder)
  }

  private func pin(_ pieces: [[UInt8]], _ kind: FormatKind) throws -> PagedBytes {
    try PagedBytes(
      pieces: pieces.map { piece in
        let wrapped = FormatHeader.wrap(piece, kind: kind)
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: wrapped.count, alignment: 16)
        copy.copyBytes(from: wrapped)
        return UnsafeRawBufferPointer(copy)
      },
      kind: kind
    )
  }

  @Test(arguments: [(1, false), (90, false), (700, true), (3000, false), (3000, true)])
  func everyPostingAndPositionComesBack(count: Int, reorder: Bool) throws {
    var random = SeededRandom(seed: UInt64(count))
    let documents = documents(&random, count: count)
    let built = try build(documents, reorder: reorder)
    #expect(built.newToOld.sorted() == (0..<UInt32(count)).map { $0 })
    let (postings, positions) = (
      try pin(built.postings, .postings), try pin(built.positions, .positions)
    )
    try built.dictionary.withUnsafeBytes { bytes in
      let cursor = try TermDictionary(bytes).cursor(block: 0)
      while cursor.advance() {
        let word = String(decoding: cursor.utf8, as: UTF8.self)
        let lists = try PostingsList.lists(
          payload: cursor.payload,
          postings: postings,
          positions: positions
        )
        for list in lists {
          var found: [UInt32: [UInt32]] = [:]
          list.forEachPosting { document, positions in found[document] = Array(positions) }
          var wanted: [UInt32: [UInt32]] = [:]
          for (document, old) in built.newToOld.enumerated() {
            let places = documents[Int(old)][list.field].indices.filter {
              documents[Int(old)][list.field][$0] == word
            }
            if !places.isEmpty { wanted[UInt32(document)] = places.map { UInt32($0) } }
          }
          #expect(found == wanted, "word \(word) field \(list.field)")
          #expect(list.count == wanted.count)
          for (document, places) in wanted.prefix(5) {
            #expect(list.positions(in: document) == places)
          }
        }
      }
    }
  }

  @Test(arguments: 1...12)
  func prunedResultsAreThoseOfScoringEverything(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let documents = documents(&random, count: 20_000)
    let built = try build(documents, reorder: seed % 2 == 0)
    let (postings, positions) = (
      try pin(built.postings, .postings), try pin(built.positions, .positions)
    )
    let lengths = built.lengths.map { codes in
      let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: codes.count)
      copy.update(from: codes, count: codes.count)
      return UnsafePointer(copy)
    }
    let averages = built.totalLengths.map { Float($0) / Float(documents.count) }
    // Averages have grown since the segment was built: bounds must still hold.
    let fields = SegmentFields(
      documentCount: documents.count,
      lengths: lengths,
      builtAverages: averages,
      averages: averages.map { $0 * 1.3 },
      bitmaps: ListBitmaps(documentCount: documents.count)
    )
    try built.dictionary.withUnsafeBytes { bytes in
      let dictionary = try TermDictionary(bytes)
      for _ in 0..<20 {
        var groups: [TermGroup] = []
        for _ in 0..<Int.random(in: 1...4, using: &random) {
          var group = TermGroup(alternatives: [])
          for _ in 0..<Int.random(in: 1...2, using: &random) {
            let word = Array("w\(Int.random(in: 0..<40, using: &random))".utf8)
            guard let entry = dictionary.lookUp(word) else { continue }
            let lists = try PostingsList.lists(
              payload: entry.payload,
              postings: postings,
              positions: positions
            )
            group.alternatives.append(
              TermGroup.Alternative(
                scale: Float.random(in: 0.5..<5, using: &random),
                lists: lists.map { ($0, Float($0.field + 1)) }
              )
            )
          }
          groups.append(group)
        }
        let allowed = (0..<(documents.count + 63) / 64).map { _ in
          random.next() & random.next() & (Int.random(in: 0..<4, using: &random) == 0 ? 0 : .max)
        }
        for (mode, isMasked) in [
          (TopKEvaluator.Mode.any, false), (.all, false), (.any, true), (.all, true),
        ] {
          let tops = [false, true].map { exhaustive in
            var heap = TopHeap(capacity: 10)
            allowed.withUnsafeBufferPointer { allowed in
              _ = TopKEvaluator.evaluate(
                groups,
                mode: mode,
                fields: fields,
                segment: 0,
                mask: isMasked ? allowed : nil,
                exhaustive: exhaustive,
                heap: &heap
              )
            }
            return heap.sorted()
          }
          #expect(tops[0] == tops[1], "seed \(seed)")
          // The maps are slow: some seeds are enough.
          guard seed <= 2 else { continue }
          let best = plain(groups, mode, fields, isMasked ? allowed : nil).prefix(10)
          #expect(tops[0].map(\.document) == Array(best), "seed \(seed)")
        }
      }
    }
  }

  /// All matches, best first, from maps of postings: no blocks, no bounds, no arrays of sums.
  private func plain(
    _ groups: [TermGroup],
    _ mode: TopKEvaluator.Mode,
    _ fields: SegmentFields,
    _ mask: [UInt64]?
  ) -> [UInt32] {
    var scores: [UInt32: Float] = [:]
    var words: [UInt32: Int] = [:]
    // The evaluator adds the rarest word of an intersection first.
    let size = { (group: TermGroup) in
      group.alternatives.reduce(0) { $0 + $1.lists.reduce(0) { $0 + $1.list.count } }
    }
    for group in mode == .all ? groups.sorted(by: { size($0) < size($1) }) : groups {
      var best: [UInt32: Float] = [:]
      for alternative in group.alternatives {
        var sums: [UInt32: Float] = [:]
        for (list, weight) in alternative.lists {
          let weights = FieldLengths.occurrenceWeights(
            average: fields.averages[list.field],
            weight: weight
          )
          list.forEachPosting { document, positions in
            let length = fields.lengths[list.field][Int(document)]
            sums[document, default: 0] += Float(positions.count) * weights[Int(length)]
          }
        }
        for (document, x) in sums {
          let score = alternative.scale * x / (FieldLengths.k1 + x)
          best[document] = max(best[document] ?? 0, score)
        }
      }
      for (document, score) in best {
        scores[document, default: 0] += score
        words[document, default: 0] += 1
      }
    }
    return scores.filter { document, _ in
      (mode == .any || words[document] == groups.count)
        && mask.map { $0[Int(document >> 6)] >> UInt64(document & 63) & 1 == 1 } ?? true
    }.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }.map(\.key)
  }
}

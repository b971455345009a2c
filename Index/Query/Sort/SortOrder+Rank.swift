// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Synchronization

/// One document and its keys, turned so that less is better.
private struct Row {
  var keys: SIMD4<Double>
  var document: ScoredDocument

  @inline(__always)
  func ranksBefore(_ other: Row) -> Bool {
    for index in 0..<3 where keys[index] != other.keys[index] {
      return keys[index] < other.keys[index]
    }
    return document.ranksBefore(other.document)
  }
}

extension SortOrder {
  /// The best matches in this order.
  ///
  /// Rows beyond twice the limit are cut back to the limit, so memory does not grow with the matches.
  func rank(
    _ snapshot: Snapshot,
    _ matches: inout Matches,
    limit: Int,
    deadline: UInt64
  ) throws -> [ScoredDocument] {
    let scores = needsScores ? snapshot.scores(matches) : []
    let buckets = scoreBuckets(scores, matches)
    var rows: [Row] = []
    var bar: Row?
    func cut() {
      rows.sort { $0.ranksBefore($1) }
      if rows.count > limit { rows.removeLast(rows.count - limit) }
      if rows.count == limit { bar = rows.last }
    }
    for index in snapshot.parts.indices {
      let readers = try AnalyzerPool.withAnalyzer { analyzer in
        try zip(keys, buckets).map { key, buckets in
          if case .score = key.value { return key.reader(ofScores: scores[index], in: buckets) }
          return try key.reader(snapshot, part: index, analyzer: analyzer)
        }
      }
      var seen = 0
      matches.documents[index].forEach { document in
        seen += 1
        if seen % 4096 == 0, DispatchTime.now().uptimeNanoseconds >= deadline {
          matches.isCutOff = true
        }
        guard !matches.isCutOff || seen < 4096 else { return }
        var keys = SIMD4<Double>(repeating: 0)
        for (place, read) in readers.enumerated() { keys[place] = read(document) }
        let score = scores.isEmpty ? 0 : scores[index][document]
        let row = Row(
          keys: keys,
          document: ScoredDocument(
            score: score,
            segment: Int32(index),
            document: UInt32(document)
          )
        )
        if let bar, !row.ranksBefore(bar) { return }
        rows.append(row)
        if rows.count >= 2 * max(limit, 128) { cut() }
      }
    }
    cut()
    return rows.map(\.document)
  }

  /// The buckets of each key that is in buckets.
  private func scoreBuckets(_ scores: [[Float]], _ matches: Matches) -> [ScoreBuckets?] {
    guard keys.contains(where: { if case .score(.some) = $0.value { true } else { false } }) else {
      return keys.map { _ in nil }
    }
    var all: [Float] = []
    for (part, documents) in matches.documents.enumerated() {
      documents.forEach { all.append(scores[part][$0]) }
    }
    all.sort(by: >)
    return keys.map { key in
      guard case .score(let division?) = key.value else { return nil }
      return ScoreBuckets(division, of: all)
    }
  }
}

extension Snapshot {
  /// The scores of all matches, by part and document; 0 for other documents.
  func scores(_ matches: Matches) -> [[Float]] {
    parts.enumerated().map { index, part in
      var scores = [Float](repeating: 0, count: part.segment.documentCount)
      guard !matches.words.isEmpty else { return scores }
      var heap = TopHeap(capacity: max(1, matches.documents[index].population))
      matches.documents[index].words.withUnsafeBufferPointer { mask in
        _ = TopKEvaluator.evaluate(
          matches.words.map { $0[index].group },
          mode: .any,
          fields: fields(of: part),
          segment: Int32(index),
          mask: mask,
          exhaustive: true,
          heap: &heap
        )
      }
      for hit in heap.unordered { scores[Int(hit.document)] = hit.score }
      return scores
    }
  }

  /// For a column of strings, by part, each ordinal's rank among the terms of all segments, whatever
  /// their case; worked out once.
  func termRanks(of column: Int) -> [[UInt32]] {
    termRankCache.withLock { cache in
      if let known = cache[column] { return known }
      let folded = parts.map { part in
        let column = part.segment.columns[column]
        return (0..<column.termCount).map { column.term($0).lowercased() }
      }
      var ranks: [String: UInt32] = [:]
      for (rank, term) in Set(folded.joined()).sorted().enumerated() { ranks[term] = UInt32(rank) }
      let made = folded.map { $0.map { ranks[$0] ?? 0 } }
      cache[column] = made
      return made
    }
  }
}

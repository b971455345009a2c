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
    let buckets = bucketBounds(scores, matches)
    var rows: [Row] = []
    var bar: Row?
    func cut() {
      rows.sort { $0.ranksBefore($1) }
      if rows.count > limit { rows.removeLast(rows.count - limit) }
      if rows.count == limit { bar = rows.last }
    }
    for index in snapshot.parts.indices {
      let readers = try AnalyzerPool.withAnalyzer { analyzer in
        try keys.map {
          try reader(
            $0,
            snapshot,
            part: index,
            scores: scores,
            buckets: buckets,
            analyzer: analyzer
          )
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

  /// For keys in buckets, the least score of each bucket but the last, best first.
  private func bucketBounds(_ scores: [[Float]], _ matches: Matches) -> [Float] {
    var wanted: Buckets?
    for key in keys { if case .score(let buckets?) = key.value { wanted = buckets } }
    guard let wanted else { return [] }
    var all: [Float] = []
    for (part, documents) in matches.documents.enumerated() {
      documents.forEach { all.append(scores[part][$0]) }
    }
    all.sort(by: >)
    if case .size(let size) = wanted {
      return stride(from: size, to: all.count, by: size).map { all[$0 - 1] }
    }
    guard case .count(let count) = wanted else { return [] }
    return (1..<max(2, count)).compactMap { bucket in
      let last = all.count * bucket / count
      return last > 0 ? all[last - 1] : nil
    }
  }

  /// Reads one key of a document in a part of the snapshot.
  private func reader(
    _ key: Key,
    _ snapshot: Snapshot,
    part index: Int,
    scores: [[Float]],
    buckets: [Float],
    analyzer: Analyzer
  ) throws -> (Int) -> Double {
    let segment = snapshot.parts[index].segment
    let sign = key.isAscending ? 1.0 : -1.0
    switch key.value {
    case .score(nil):
      return { sign * Double(scores[index][$0]) }
    case .score:
      return { document in
        let score = scores[index][document]
        let bucket = buckets.firstIndex { score >= $0 } ?? buckets.count
        return sign * -Double(bucket)
      }
    case .column(let number, let missing):
      let column = segment.columns[number]
      let ranks = column.kind == .term ? snapshot.termRanks(of: number)[index] : nil
      let absent: Double =
        switch missing {
        case .last: .infinity
        case .first: -.infinity
        case .normal: sign * -.greatestFiniteMagnitude
        case .greatest: sign * .greatestFiniteMagnitude
        }
      return { document in
        guard let first = column.range(document).first else { return absent }
        guard let ranks else { return sign * column.number(first) }
        // An empty string is no value.
        let ordinal = column.ordinal(first)
        return ordinal == 0 && column.term(0).isEmpty ? absent : sign * Double(ranks[ordinal])
      }
    case .nearness(let number, let decay):
      let column = segment.columns[number]
      return { document in
        guard let first = column.range(document).first else { return .infinity }
        return sign * decay(column.number(first))
      }
    case .groupSize: return { _ in 0 }
    case .distance(let number, _, let place, let rounding):
      let column = segment.columns[number]
      return { document in
        var nearest = Double.infinity
        for value in column.range(document) {
          nearest = min(nearest, Geo.distance(column.place(value), place))
        }
        guard nearest.isFinite else { return .infinity }
        if nearest <= rounding.exclude { nearest = 0 }
        if rounding.precision > 0 { nearest = (nearest / rounding.precision).rounded(.down) }
        return sign * nearest
      }
    case .filters(let filters):
      let evaluator = FilterEvaluator(segment: segment, schema: snapshot.schema, analyzer: analyzer)
      let sets = try filters.map { (try evaluator.evaluate($0.filter), $0.weight) }
      return { document in
        sign * sets.reduce(0) { $0 + ($1.0.contains(document) ? $1.1 : 0) }
      }
    case .random(let seed):
      return { document in
        var mixed = (seed &+ UInt64(index) << 32 &+ UInt64(document)) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 29)) &* 0xBF58_476D_1CE4_E5B9
        return Double((mixed ^ (mixed >> 32)) >> 11)
      }
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

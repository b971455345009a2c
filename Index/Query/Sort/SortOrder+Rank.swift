// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Synchronization

/// One document and its keys, turned so that less is better.
private struct Row {
  var keys: SIMD4<Double>
  var document: ScoredDocument

  @inline(__always)
  func ranksBefore(_ other: Row) -> Bool {
    for index in 0..<4 where keys[index] != other.keys[index] {
      return keys[index] < other.keys[index]
    }
    return document.ranksBefore(other.document)
  }
}

extension SortOrder {
  /// The best matches in this order.
  func rank(
    _ snapshot: Snapshot,
    _ matches: inout Matches,
    limit: Int,
    deadline: UInt64
  ) throws -> [ScoredDocument] {
    guard case .score(let buckets?) = keys.first?.value, keys[0].isAscending == false else {
      return try rows(snapshot, &matches, limit: limit, deadline: deadline).map(\.document)
    }
    // Buckets are runs of the order without them.
    let found = snapshot.population(matches.documents)
    var order = self
    order.keys[0] = Self.byScore
    let last = buckets.bucket(of: min(limit, found) - 1, found)
    let end = (limit..<max(limit, found)).first { buckets.bucket(of: $0, found) > last } ?? found
    var rows = try order.rows(snapshot, &matches, limit: end, deadline: deadline)
    for place in rows.indices { rows[place].keys[0] = Double(buckets.bucket(of: place, found)) }
    rows.sort { $0.ranksBefore($1) }
    return rows.prefix(limit).map(\.document)
  }

  /// The best matches with their keys.
  ///
  /// Rows beyond twice the limit are cut back to the limit, so memory does not grow with the matches.
  private func rows(
    _ snapshot: Snapshot,
    _ matches: inout Matches,
    limit: Int,
    deadline: UInt64
  ) throws -> [Row] {
    let place = scorePlace
    let scores = tiers == nil && place != nil ? snapshot.scores(matches) : []
    let bounds = bucketBounds(snapshot, matches)
    // The greatest match that a document may have tells whether it is worth reading positions, if
    // greater ones come first.
    let isBounded = place.map { keys[$0] == Self.byScore } ?? false
    var rows: [Row] = []
    var bar: Row?
    func cut() {
      rows.sort { $0.ranksBefore($1) }
      if rows.count > limit { rows.removeLast(rows.count - limit) }
      if rows.count == limit { bar = rows.last }
    }
    for (index, documents) in runs(of: matches) {
      if matches.isCutOff, !rows.isEmpty { break }
      let scorer = scorer(snapshot, matches, part: index, documents)
      let readers = try AnalyzerPool.withAnalyzer { analyzer in
        try keys.map { key -> (Int) -> Double in
          guard case .score(let buckets) = key.value else {
            return try reader(key, snapshot, part: index, scorer: scorer, analyzer: analyzer)
          }
          let sign = key.isAscending ? 1.0 : -1.0
          guard tiers != nil, let scorer else { return { sign * Double(scores[index][$0]) } }
          if buckets != nil {
            return { document in
              let score = scorer.match(document).score
              return sign * -Double(Self.place(of: score, in: bounds))
            }
          }
          guard isBounded else { return { sign * Double(scorer.match($0).score) } }
          return { sign * Double(scorer.bound($0).score) }
        }
      }
      var seen = 0
      documents.forEach { document in
        seen += 1
        if seen % 4096 == 0, DispatchTime.now().uptimeNanoseconds >= deadline {
          matches.isCutOff = true
        }
        guard !matches.isCutOff || seen < 4096 else { return }
        var keys = SIMD4<Double>(repeating: 0)
        for (place, read) in readers.enumerated() { keys[place] = read(document) }
        var row = Row(
          keys: keys,
          document: ScoredDocument(
            score: scores.isEmpty ? 0 : scores[index][document],
            segment: Int32(index),
            document: UInt32(document)
          )
        )
        if tiers != nil, let place, self.keys[place].value == .score(nil) {
          row.document.score = Float(abs(keys[place]))
        }
        if let bar, !row.ranksBefore(bar) { return }
        if isBounded, let place, let scorer, scorer.readsPositions {
          let score = Double(scorer.match(document).score)
          (row.keys[place], row.document.score) = (-score, Float(score))
          if let bar, !row.ranksBefore(bar) { return }
        }
        rows.append(row)
        if rows.count >= 2 * max(limit, 128) { cut() }
      }
    }
    cut()
    return rows
  }

  /// The matches by part, in runs for which a scorer takes bounded memory.
  private func runs(of matches: Matches) -> some Sequence<(part: Int, documents: Bitset)> {
    let width = max(1, matches.words.count * matches.fields.count)
    let most = tiers == nil ? Int.max : max(4096, WordCosts.mostBytes / width)
    return matches.documents.enumerated().lazy.flatMap { part, documents in
      documents.runs(of: most).lazy.map { (part: part, documents: $0) }
    }
  }

  /// What tells text matches in tiers in a part of the snapshot, if a key asks for them.
  private func scorer(
    _ snapshot: Snapshot,
    _ matches: Matches,
    part: Int,
    _ documents: Bitset
  ) -> TierScorer? {
    let isDemoting = keys.contains { $0.value == .directness }
    guard tiers != nil && scorePlace != nil || isDemoting else { return nil }
    return TierScorer(
      snapshot,
      matches,
      part: part,
      documents: documents,
      options: tiers ?? TierOptions(),
      demotesSynonyms: isDemoting || matches.demotesSynonyms
    )
  }

  /// The first of some bounds, descending, that a score reaches; their number if it reaches none.
  private static func place(of score: Int64, in bounds: [Int64]) -> Int {
    var (low, high) = (0, bounds.count)
    while low < high {
      let middle = (low + high) / 2
      if score >= bounds[middle] { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// For buckets that do not come first, the least match of each but the last, best first.
  private func bucketBounds(_ snapshot: Snapshot, _ matches: Matches) -> [Int64] {
    guard let place = scorePlace, case .score(let buckets?) = keys[place].value else { return [] }
    var all: [Int64] = []
    for (part, documents) in runs(of: matches) {
      guard let scorer = scorer(snapshot, matches, part: part, documents) else { return [] }
      documents.forEach { all.append(scorer.match($0).score) }
    }
    all.sort(by: >)
    return all.indices.dropFirst().filter {
      buckets.bucket(of: $0, all.count) != buckets.bucket(of: $0 - 1, all.count)
    }.map { all[$0 - 1] }
  }

  /// Reads one key of a document in a part of the snapshot.
  private func reader(
    _ key: Key,
    _ snapshot: Snapshot,
    part index: Int,
    scorer: TierScorer?,
    analyzer: Analyzer
  ) throws -> (Int) -> Double {
    let segment = snapshot.parts[index].segment
    let sign = key.isAscending ? 1.0 : -1.0
    switch key.value {
    case .directness:
      return { sign * (scorer?.isDirect($0) ?? true ? 1 : 0) }
    case .score, .groupSize: return { _ in 0 }
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

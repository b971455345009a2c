// SPDX-License-Identifier: Apache-2.0

// What reads one key of a document: a function from its number in a segment to a number, turned so
// that less is better; infinity puts a document last.

extension SortOrder.Key {
  private var sign: Double { isAscending ? 1 : -1 }

  /// Reads scores, or the buckets that they fall into.
  func reader(ofScores scores: [Float], in buckets: ScoreBuckets?) -> (Int) -> Double {
    let sign = sign
    guard let buckets else { return { sign * Double(scores[$0]) } }
    return { sign * -Double(buckets.bucket(of: scores[$0])) }
  }

  /// Reads any other key in a part of the snapshot.
  func reader(
    _ snapshot: Snapshot,
    part index: Int,
    analyzer: Analyzer
  ) throws -> (Int) -> Double {
    let sign = sign
    let segment = snapshot.parts[index].segment
    switch value {
    case .column(let number, let missing):
      let column = segment.columns[number]
      let ranks = column.kind == .term ? snapshot.termRanks(of: number)[index] : nil
      return reader(column, ranks: ranks, missing: missing)
    case .nearness(let number, let decay):
      let column = segment.columns[number]
      return { document in
        guard let first = column.range(document).first else { return .infinity }
        return sign * decay(column.number(first))
      }
    case .distance(let number, _, let place, let rounding):
      return reader(segment.columns[number], distanceFrom: place, rounding)
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
    // Scores have a reader of their own; groups have sizes once all documents are read.
    case .score, .groupSize: return { _ in 0 }
    }
  }

  /// Reads the first value of a column; for a string its rank among all terms.
  private func reader(
    _ column: Column,
    ranks: [UInt32]?,
    missing: SortOrder.Missing
  ) -> (Int) -> Double {
    let sign = sign
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
  }

  /// Reads how far the nearest place of a document is.
  private func reader(
    _ column: Column,
    distanceFrom place: GeoPoint,
    _ rounding: SortOrder.DistanceRounding
  ) -> (Int) -> Double {
    let sign = sign
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
  }
}

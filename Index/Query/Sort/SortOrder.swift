// SPDX-License-Identifier: Apache-2.0

/// The order of results: its keys, then the score, then the document's number.
struct SortOrder {
  /// What one key orders by.
  enum Value: Equatable {
    /// The text match; if in buckets, only the bucket that it falls into.
    case score(Buckets?)
    case column(Int, missing: Missing)
    /// How near a number is to an origin.
    case nearness(Int, Decay)
    /// The number of documents in the group; single documents are equal by it.
    case groupSize
    /// Distances below `exclude` meters count as none; others in steps of `precision` meters.
    case distance(Int, field: String, from: GeoPoint, rounding: DistanceRounding)
    /// The sum of the weights of the filters that hold.
    case filters([WeightedFilter])
    case random(seed: UInt64)
    /// Whether the document holds each word itself, not only a synonym of it.
    case directness
  }

  /// Buckets of equal numbers of documents.
  enum Buckets: Equatable {
    case count(Int)
    case size(Int)

    /// The bucket of the document at a place, from 0, in the order of `found` documents.
    func bucket(of place: Int, _ found: Int) -> Int {
      switch self {
      case .count(let count): place * min(count, found) / max(1, found)
      // Buckets that all fit in are none.
      case .size(let size): size > found ? place : place / size
      }
    }
  }

  /// Where documents without a value go.
  enum Missing: String {
    /// Last, whichever the direction.
    case last
    case first
    /// As if their value were the least.
    case normal
    /// As if their value were the greatest, which is how strings have it.
    case greatest
  }

  struct DistanceRounding: Equatable {
    var exclude = 0.0
    var precision = 0.0
  }

  struct WeightedFilter: Equatable {
    var filter: Filter
    var weight: Double
  }

  struct Key: Equatable {
    var value: Value
    var isAscending: Bool
  }

  /// Text matches, the best first.
  static let byScore = Key(value: .score(nil), isAscending: false)

  var keys: [Key] = []
  /// What text matches are made of; nil if they are BM25F.
  var tiers: TierOptions?

  /// Whether BM25F alone decides.
  var isByScore: Bool { tiers == nil && (keys.isEmpty || keys == [Self.byScore]) }

  /// The place of the key that is the text match.
  var scorePlace: Int? {
    keys.firstIndex { if case .score = $0.value { true } else { false } }
  }

  /// The order that a request asks for.
  ///
  /// Without `sort_by`, what matches no better by text is in the order of the default sorting field,
  /// descending; so is a query of everything. Text matches are in tiers if the request says so, and
  /// where only ties give what follows a meaning: BM25F has next to none.
  ///
  /// - Throws: ``IndexError`` with code invalid that names the part and the remedy.
  static func parse(
    _ request: SearchRequest,
    query: ParsedQuery,
    schema: CollectionSchema
  ) throws(IndexError) -> SortOrder {
    let parser = SortParser(
      request.sort,
      schema: schema,
      skipsUnknownFields: request.skipsUnknownFields
    )
    var order = SortOrder(keys: try parser.keys())
    if request.sort.isEmpty, query.words.isEmpty || request.tiers != nil,
      let index = schema.columnFields.firstIndex(where: { $0.name == schema.defaultSortingField })
    {
      let byField = Key(value: .column(index, missing: .last), isAscending: false)
      order.keys = query.words.isEmpty ? [byField] : [byScore, byField]
    }
    guard !query.words.isEmpty else { return order }
    order.tiers = request.tiers
    if !order.isByScore, order.tiers == nil {
      let place = order.scorePlace
      let isLast = place == order.keys.count - 1 && order.keys.last == byScore
      if !isLast { order.tiers = TierOptions() }
    }
    if order.tiers != nil, order.scorePlace == nil, order.keys.count < 3 {
      order.keys.append(byScore)
    }
    let isDemoting =
      request.demotesSynonyms && order.tiers == nil
      && !request.replacements(in: query.words).isEmpty
    if isDemoting {
      if order.keys.isEmpty { order.keys = [byScore] }
      order.keys.insert(
        Key(value: .directness, isAscending: false),
        at: order.scorePlace ?? order.keys.count
      )
    }
    return order
  }
}

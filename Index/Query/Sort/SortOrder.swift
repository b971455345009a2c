// SPDX-License-Identifier: Apache-2.0

/// The order of results: up to three keys, then the score, then the document's number.
struct SortOrder {
  /// What one key orders by.
  enum Value: Equatable {
    /// The score; if in buckets, only the bucket that it falls into.
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
  }

  /// Buckets of equal numbers of documents.
  enum Buckets: Equatable {
    case count(Int)
    case size(Int)
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

  var keys: [Key] = []

  /// Whether the score alone decides.
  var isByScore: Bool {
    keys.isEmpty || keys == [Key(value: .score(nil), isAscending: false)]
  }

  /// Whether any key needs the scores of all matches.
  var needsScores: Bool {
    keys.contains { if case .score = $0.value { true } else { false } }
  }

  /// Parses `sort_by`, or takes the schema's default where nothing is given.
  ///
  /// A query of everything without `sort_by` is in the order of the default sorting field,
  /// descending.
  ///
  /// - Throws: ``IndexError`` with code invalid that names the part and the remedy.
  static func parse(
    _ text: String,
    query: ParsedQuery,
    schema: CollectionSchema,
    skipsUnknownFields: Bool = false
  ) throws(IndexError) -> SortOrder {
    if text.isEmpty, query.words.isEmpty,
      let index = schema.columnFields.firstIndex(where: { $0.name == schema.defaultSortingField })
    {
      return SortOrder(keys: [Key(value: .column(index, missing: .last), isAscending: false)])
    }
    let parser = SortParser(text, schema: schema, skipsUnknownFields: skipsUnknownFields)
    return SortOrder(keys: try parser.keys())
  }
}

// SPDX-License-Identifier: Apache-2.0
//
//   sort  := key ("," key)*          key := name options? ":" ("asc" | "desc")
//   name  := field | "_text_match" | "_eval" | "_rand" | "_group_found"
//   options := "(" ... ")"           such as (48.85, 2.35, precision: 1 km), (missing_values: first),
//                                    (buckets: 10), (in_stock:true), ([(a:1):3, (b:2):1]), (42),
//                                    (origin: 1700000000, func: gauss, scale: 86400, decay: 0.5)

/// Parses orders such as `_text_match(buckets: 10):desc, price:asc`.
struct SortParser {
  /// Buckets that are told apart; more would be no coarser than the scores themselves.
  private static let mostBuckets = 1 << 20

  private let parts: [String]
  private let schema: CollectionSchema
  private let skipsUnknownFields: Bool

  init(_ text: String, schema: CollectionSchema, skipsUnknownFields: Bool) {
    parts = Self.split(text)
    self.schema = schema
    self.skipsUnknownFields = skipsUnknownFields
  }

  /// The keys in order.
  func keys() throws(IndexError) -> [SortOrder.Key] {
    var keys: [SortOrder.Key] = []
    for part in parts {
      do throws(IndexError) {
        keys.append(try key(part))
      } catch {
        guard error.code == .notFound, skipsUnknownFields else { throw error }
      }
    }
    guard keys.count <= 3 else {
      throw IndexError(.invalid, "Only up to 3 `sort_by` fields can be given.")
    }
    return keys
  }

  /// Parts between commas that stand outside brackets and backticks.
  private static func split(_ text: String) -> [String] {
    var (parts, part, depth, isQuoted) = ([String](), "", 0, false)
    for character in text {
      if character == "`" { isQuoted.toggle() }
      if !isQuoted, "([".contains(character) { depth += 1 }
      if !isQuoted, ")]".contains(character) { depth -= 1 }
      if character == ",", depth == 0, !isQuoted {
        parts.append(part)
        part = ""
      } else {
        part.append(character)
      }
    }
    return (parts + [part]).map(\.trimmed).filter { !$0.isEmpty }
  }

  private func key(_ part: String) throws(IndexError) -> SortOrder.Key {
    let body: String
    var direction = "desc"
    if let colon = part.lastIndex(of: ":"), !part.hasSuffix(")") {
      body = part[..<colon].trimmed
      direction = part[part.index(after: colon)...].trimmed.lowercased()
    } else if part.hasPrefix("_rand") || part.hasPrefix("_eval") {
      body = part
    } else {
      throw IndexError(.invalid, "Parameter `sort_by` is malformed: write `\(part):asc`.")
    }
    guard direction == "asc" || direction == "desc" else {
      throw IndexError(.invalid, "Order for field `\(body)` must be asc or desc.")
    }
    return SortOrder.Key(value: try value(body), isAscending: direction == "asc")
  }

  private func value(_ body: String) throws(IndexError) -> SortOrder.Value {
    let name = body.prefix { $0 != "(" }.trimmed
    let options = body.hasSuffix(")") ? String(body.dropFirst(name.count).dropLast()) : ""
    let inner = options.trimmed.hasPrefix("(") ? options.trimmed.dropFirst().trimmed : ""
    switch name {
    case "_text_match":
      guard !inner.isEmpty else { return .score(nil) }
      if let count = Int(Self.option("buckets", in: inner) ?? ""), count > 0 {
        return .score(.count(min(count, Self.mostBuckets)))
      }
      guard let size = Int(Self.option("bucket_size", in: inner) ?? ""), size >= 0 else {
        throw IndexError(.invalid, "Write `_text_match(buckets: 10)` or `(bucket_size: 3)`.")
      }
      return .score(size == 0 ? nil : .size(size))
    case "_group_found": return .groupSize
    case "_eval": return .filters(try filters(inner))
    case "_rand": return .random(seed: UInt64(inner) ?? .random(in: 0...UInt64(UInt32.max)))
    default: break
    }
    guard let index = schema.columnFields.firstIndex(where: { $0.name == name }) else {
      throw IndexError(
        .notFound,
        "Could not find a field named `\(name)` in the schema for sorting."
      )
    }
    guard schema.columnFields[index].type != .geopolygon else {
      throw IndexError(.invalid, "Cannot sort by `\(name)`: areas have no order.")
    }
    if schema.columnFields[index].type.isGeo { return try distance(index, name, inner) }
    let isText = schema.columnFields[index].type.isText
    guard !inner.isEmpty else { return .column(index, missing: isText ? .greatest : .last) }
    if Self.option("origin", in: inner) != nil, !isText {
      return .nearness(index, try decay(name, inner))
    }
    guard let missing = SortOrder.Missing(rawValue: Self.option("missing_values", in: inner) ?? "")
    else { throw IndexError(.invalid, "Write `\(name)(missing_values: first)`, last or normal.") }
    return .column(index, missing: missing)
  }

  /// The value of `name: value` among options between commas.
  private static func option(_ name: String, in text: String) -> String? {
    for part in text.split(separator: ",") {
      let pair = part.split(separator: ":", maxSplits: 1)
      if pair.count == 2, pair[0].trimmed == name { return pair[1].trimmed }
    }
    return nil
  }

  private func decay(_ name: String, _ options: String) throws(IndexError) -> Decay {
    func number(_ option: String, _ fallback: Double?) throws(IndexError) -> Double {
      let text = Self.option(option, in: options)
      guard let value = text == nil ? fallback : text.flatMap({ Double($0) }), value.isFinite else {
        throw IndexError(
          .invalid,
          "Write `\(name)(origin: 100, func: gauss, scale: 10, decay: 0.5)`: `\(option)` is a number."
        )
      }
      return value
    }
    guard let curve = Decay.Curve(rawValue: Self.option("func", in: options) ?? "") else {
      throw IndexError(.invalid, "`func` of `\(name)` must be gauss, linear, exp or diff.")
    }
    var decay = Decay(curve: curve, origin: try number("origin", nil))
    decay.scale = try number("scale", curve == .difference ? 1 : nil)
    decay.offset = try number("offset", 0)
    decay.decay = try number("decay", 0.5)
    guard decay.scale > 0, decay.offset >= 0, decay.decay > 0, decay.decay < 1 else {
      throw IndexError(
        .invalid,
        "For `\(name)`, `scale` must be above 0, `offset` 0 or more, `decay` between 0 and 1."
      )
    }
    return decay
  }

  private func distance(
    _ index: Int,
    _ name: String,
    _ options: String
  ) throws(IndexError) -> SortOrder.Value {
    let numbers = options.split(separator: ",").prefix(2).compactMap { Double($0.trimmed) }
    guard numbers.count == 2, abs(numbers[0]) <= 90, abs(numbers[1]) <= 180 else {
      throw IndexError(.invalid, "Sort by place as `\(name)(latitude, longitude):asc`.")
    }
    var rounding = SortOrder.DistanceRounding()
    if let text = Self.option("exclude_radius", in: options) { rounding.exclude = try meters(text) }
    if let text = Self.option("precision", in: options) { rounding.precision = try meters(text) }
    return .distance(
      index,
      field: name,
      from: GeoPoint(latitude: numbers[0], longitude: numbers[1]),
      rounding: rounding
    )
  }

  private func meters(_ text: String) throws(IndexError) -> Double {
    for (unit, meters) in [("km", 1000), ("mi", 1609.344)] where text.hasSuffix(unit) {
      if let number = Double(text.dropLast(2).trimmed), number >= 0 { return number * meters }
    }
    throw IndexError(.invalid, "`\(text)` is no distance: write `2 km` or `1 mi`.")
  }

  /// `filter`, or `[(filter):weight, ...]`.
  private func filters(_ text: String) throws(IndexError) -> [SortOrder.WeightedFilter] {
    guard text.hasPrefix("["), text.hasSuffix("]") else {
      let filter = try FilterParser.parse(text, schema: schema)
      return [SortOrder.WeightedFilter(filter: filter, weight: 1)]
    }
    var filters: [SortOrder.WeightedFilter] = []
    for part in Self.split(String(text.dropFirst().dropLast())) {
      guard let colon = part.lastIndex(of: ":"),
        let weight = Double(part[part.index(after: colon)...].trimmed)
      else { throw IndexError(.invalid, "Write `_eval([(in_stock:true):3, (brand:Acme):1])`.") }
      let filter = try FilterParser.parse(String(part[..<colon]), schema: schema)
      filters.append(SortOrder.WeightedFilter(filter: filter, weight: weight))
    }
    return filters
  }
}

extension StringProtocol {
  /// The text without white space at its ends.
  var trimmed: String {
    String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}

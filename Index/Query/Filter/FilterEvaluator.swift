// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Finds the documents of one segment that satisfy a filter.
struct FilterEvaluator {
  let segment: Segment
  let schema: CollectionSchema
  let analyzer: Analyzer

  /// The documents that satisfy a filter, deleted ones not yet taken out.
  func evaluate(_ filter: Filter) throws(IndexError) -> Bitset {
    switch filter {
    case .and(let parts):
      var result = Bitset(count: segment.documentCount, full: true)
      for part in parts { result.formIntersection(try evaluate(part)) }
      return result
    case .or(let parts):
      var result = Bitset(count: segment.documentCount)
      for part in parts { result.formUnion(try evaluate(part)) }
      return result
    case .not(let part):
      var result = try evaluate(part)
      result.invert()
      return result
    case .range(let name, let ranges): return inRanges(try column(name), ranges)
    case .text(let name, let values, let isWhole):
      var result = Bitset(count: segment.documentCount)
      for value in values { result.formUnion(try matching(name, value, isWhole: isWhole)) }
      return result
    case .near(let name, let center, let meters):
      return places(try column(name)) { Geo.distance($0, center) <= meters }
    case .polygon(let name, let corners):
      return places(try column(name)) { Geo.contains(corners, $0) }
    case .ids(let ids):
      var result = Bitset(count: segment.documentCount)
      for id in ids {
        if let document = segment.identifiers.document(id) { result.insert(document) }
      }
      return result
    }
  }

  private func column(_ name: String) throws(IndexError) -> Column {
    guard let index = schema.columnFields.firstIndex(where: { $0.name == name }),
      index < segment.columns.count
    else { throw IndexError(.invalid, "Field `\(name)` has no column: set `facet` or `sort`.") }
    return segment.columns[index]
  }

  private func inRanges(_ column: Column, _ ranges: [Filter.NumberRange]) -> Bitset {
    var result = Bitset(count: segment.documentCount)
    for document in 0..<segment.documentCount {
      for index in column.range(document) {
        let value = column.number(index)
        if ranges.contains(where: { $0.contains(value) }) {
          result.insert(document)
          break
        }
      }
    }
    return result
  }

  private func places(_ column: Column, _ test: (GeoPoint) -> Bool) -> Bitset {
    var result = Bitset(count: segment.documentCount)
    for document in 0..<segment.documentCount
    where column.range(document).contains(where: { test(column.place($0)) }) {
      result.insert(document)
    }
    return result
  }

  private func matching(
    _ name: String,
    _ value: String,
    isWhole: Bool
  ) throws(IndexError) -> Bitset {
    let isPrefix = value.hasSuffix("*")
    let value = isPrefix ? String(value.dropLast()) : value
    if isWhole, let index = schema.columnFields.firstIndex(where: { $0.name == name }) {
      return whole(segment.columns[index], value, isPrefix: isPrefix)
    }
    guard let field = schema.textFields.firstIndex(where: { $0.name == name }) else {
      return Bitset(count: segment.documentCount)
    }
    let tokens = TokenBuffer()
    analyzer.analyze(value, into: tokens)
    let terms = tokens.terms
    guard !terms.isEmpty else { return Bitset(count: segment.documentCount) }
    let matcher = PhraseMatcher(segment: segment)
    return try matcher.match(terms, field: field, lastIsPrefix: isPrefix, isWhole: isWhole)
  }

  /// Documents with a column value that equals `value`, or starts with it, whatever the case.
  private func whole(_ column: Column, _ value: String, isPrefix: Bool) -> Bitset {
    var result = Bitset(count: segment.documentCount)
    let wanted = value.lowercased()
    var matches = [Bool](repeating: false, count: column.termCount)
    for ordinal in 0..<column.termCount {
      let term = column.term(ordinal)
      guard isPrefix || term.utf8.count == value.utf8.count || !term.utf8.allSatisfy({ $0 < 128 })
      else { continue }
      let folded = term.lowercased()
      matches[ordinal] = isPrefix ? folded.hasPrefix(wanted) : folded == wanted
    }
    guard matches.contains(true) else { return result }
    for document in 0..<segment.documentCount {
      for index in column.range(document) where matches[column.ordinal(index)] {
        result.insert(document)
        break
      }
    }
    return result
  }
}

/// Geometry on a sphere.
enum Geo {
  /// Meters between two places (haversine, mean radius 6,371,008.8 m).
  static func distance(_ a: GeoPoint, _ b: GeoPoint) -> Double {
    let radians = Double.pi / 180
    let (lat1, lat2) = (a.latitude * radians, b.latitude * radians)
    let h =
      pow(sin((lat2 - lat1) / 2), 2)
      + cos(lat1) * cos(lat2) * pow(sin((b.longitude - a.longitude) * radians / 2), 2)
    return 2 * 6_371_008.8 * asin(min(1, h.squareRoot()))
  }

  /// Whether a polygon, its corners in order, holds a place (even-odd rule on plain coordinates).
  static func contains(_ corners: [GeoPoint], _ place: GeoPoint) -> Bool {
    var isInside = false
    var last = corners.count - 1
    for index in corners.indices {
      let (a, b) = (corners[index], corners[last])
      if (a.latitude > place.latitude) != (b.latitude > place.latitude),
        place.longitude < (b.longitude - a.longitude) * (place.latitude - a.latitude)
          / (b.latitude - a.latitude) + a.longitude
      {
        isInside.toggle()
      }
      last = index
    }
    return isInside
  }
}

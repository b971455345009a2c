// SPDX-License-Identifier: Apache-2.0

/// Numbers and places.
extension FilterParser {
  /// The two ends of `10..20`, `>=10`, `<20`, `10`; an end that is not given is nil.
  private func ends(
    _ item: String
  ) -> (low: Substring?, isLowOpen: Bool, high: Substring?, isHighOpen: Bool) {
    if item.hasPrefix(">=") { return (item.dropFirst(2), false, nil, false) }
    if item.hasPrefix("<=") { return (nil, false, item.dropFirst(2), false) }
    if item.hasPrefix(">") { return (item.dropFirst(), true, nil, false) }
    if item.hasPrefix("<") { return (nil, false, item.dropFirst(), true) }
    if let dots = item.firstRange(of: "..") {
      return (item[..<dots.lowerBound], false, item[dots.upperBound...], false)
    }
    let value = item.hasPrefix("=") ? item.dropFirst() : item[...]
    return (value, false, value, false)
  }

  func numbers(_ item: String, _ field: Field) throws(IndexError) -> Filter.NumberRange {
    let ends = ends(item)
    var range = Filter.NumberRange(isLowOpen: ends.isLowOpen, isHighOpen: ends.isHighOpen)
    if let low = ends.low { range.low = try number(low, item, field) }
    if let high = ends.high { range.high = try number(high, item, field) }
    return range
  }

  private func number(
    _ text: Substring,
    _ item: String,
    _ field: Field
  ) throws(IndexError) -> Double {
    guard let value = Double(text.trimmed), !value.isNaN else {
      throw IndexError(
        .invalid,
        "Error with filter field `\(field.name)`: `\(item)` is not a number."
      )
    }
    return value
  }

  /// The whole numbers of a range, nil if there are none; exact beyond 2^53, where doubles are not.
  func integers(
    _ item: String,
    _ field: Field
  ) throws(IndexError) -> ClosedRange<Int64>? {
    if field.type.isBool {
      guard item == "true" || item == "false" else {
        throw IndexError(.invalid, "Value of filter field `\(field.name)` must be true or false.")
      }
      return item == "true" ? 1...1 : 0...0
    }
    let ends = ends(item)
    var (low, high) = (Int64.min, Int64.max)
    if let text = ends.low {
      if let whole = Int64(text.trimmed) {
        guard !ends.isLowOpen || whole < .max else { return nil }
        low = ends.isLowOpen ? whole + 1 : whole
      } else {
        let value = try number(text, item, field)
        let least = ends.isLowOpen ? value.rounded(.down) + 1 : value.rounded(.up)
        guard least < 0x1p63 else { return nil }
        low = Int64(exactly: max(least, -0x1p63)) ?? .min
      }
    }
    if let text = ends.high {
      if let whole = Int64(text.trimmed) {
        guard !ends.isHighOpen || whole > .min else { return nil }
        high = ends.isHighOpen ? whole - 1 : whole
      } else {
        let value = try number(text, item, field)
        let most = ends.isHighOpen ? value.rounded(.up) - 1 : value.rounded(.down)
        guard most >= -0x1p63 else { return nil }
        high = most < 0x1p63 ? Int64(exactly: most) ?? .max : .max
      }
    }
    return low <= high ? low...high : nil
  }

  /// One area, or a bracketed list of them, any of which will do.
  mutating func places(_ field: Field) throws(IndexError) -> Filter {
    guard take("[") else { return try place(field) }
    var areas: [Filter] = []
    repeat {
      try countListItem(areas.count)
      areas.append(try place(field))
    } while take(",")
    guard take("]") else { throw error("`,` or `]`") }
    return areas.count == 1 ? areas[0] : .or(areas)
  }

  /// `(lat, lng, 5 km)` or a polygon `(lat, lng, lat, lng, lat, lng, ...)`; of a field of polygons, the
  /// place that they are to hold, `(lat, lng)`.
  private mutating func place(_ field: Field) throws(IndexError) -> Filter {
    let name = field.name
    guard take("(") else { throw error("`(` and a place") }
    var parts: [String] = []
    repeat {
      try countListItem(parts.count)
      parts.append(try item(until: { $0 == "," || $0 == ")" }).text)
    } while take(",")
    guard take(")") else { throw error("`)`") }
    if field.type == .geopolygon {
      let degrees = parts.compactMap(Double.init)
      guard parts.count == 2, degrees.count == 2, abs(degrees[0]) <= 90, abs(degrees[1]) <= 180
      else { throw error("a latitude and a longitude") }
      return .covers(field: name, GeoPoint(latitude: degrees[0], longitude: degrees[1]))
    }
    if parts.count == 3, let latitude = Double(parts[0]), let longitude = Double(parts[1]) {
      let radius = String(parts[2].replacing("radius:", with: "").filter { !$0.isWhitespace })
      let units: [(String, Double)] = [("km", 1000), ("mi", 1609.344)]
      for (unit, meters) in units where radius.hasSuffix(unit) {
        guard let distance = Double(radius.dropLast(2)), distance >= 0 else { break }
        return .near(
          field: name,
          GeoPoint(latitude: latitude, longitude: longitude),
          meters: distance * meters
        )
      }
      throw error("a radius such as `5 km` or `3 mi`")
    }
    let numbers = parts.compactMap(Double.init)
    guard numbers.count == parts.count, numbers.count >= 6, numbers.count % 2 == 0 else {
      throw error("latitude, longitude and radius, or three or more corners")
    }
    return .polygon(
      field: name,
      stride(from: 0, to: numbers.count, by: 2).map {
        GeoPoint(latitude: numbers[$0], longitude: numbers[$0 + 1])
      }
    )
  }
}

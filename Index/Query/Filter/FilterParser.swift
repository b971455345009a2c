// SPDX-License-Identifier: Apache-2.0
//
//   filter := and ("||" and)*          and := not ("&&" not)*        not := "!"? (group | clause)
//   group  := "(" filter ")"           clause := field ":" operator? value
//   value  := item | "[" item ("," item)* "]" | "(" numbers ")"     item may be in backticks
//
// At most 100 clauses, as the wire format says, and 100 levels of groups, which bounds recursion.

/// Parses filter expressions such as ``price:[10..100] && brand:=[Acme, `Foo, Inc`]``.
struct FilterParser {
  /// Clauses in one filter.
  static let operationLimit = 100
  /// Groups and negations inside each other.
  static let depthLimit = 100

  private let text: [Character]
  private let schema: CollectionSchema
  private var index = 0
  private var operations = 0
  private var depth = 0

  /// Parses a filter on documents of a schema.
  ///
  /// - Throws: ``IndexError`` with code invalid that says where and what was expected.
  static func parse(_ text: String, schema: CollectionSchema) throws(IndexError) -> Filter {
    guard text.utf8.count <= 100_000 else {
      throw IndexError(.invalid, "The filter is longer than 100,000 bytes: send a shorter one.")
    }
    var parser = FilterParser(text: Array(text), schema: schema)
    let filter = try parser.disjunction()
    parser.skipSpace()
    guard parser.index == parser.text.count else { throw parser.error("`&&`, `||` or the end") }
    return filter
  }

  private init(text: [Character], schema: CollectionSchema) {
    self.text = text
    self.schema = schema
  }

  private func error(_ expected: String) -> IndexError {
    IndexError(
      .invalid,
      "Could not parse the filter query at character \(index + 1): expected \(expected)."
    )
  }

  private mutating func skipSpace() {
    while index < text.count, text[index].isWhitespace { index += 1 }
  }

  private mutating func take(_ token: String) -> Bool {
    skipSpace()
    guard text[index...].starts(with: token) else { return false }
    index += token.count
    return true
  }

  private mutating func countOperation() throws(IndexError) {
    operations += 1
    guard operations <= Self.operationLimit else {
      throw IndexError(
        .invalid,
        "The filter has more than \(Self.operationLimit) operations: send fewer."
      )
    }
  }

  private mutating func disjunction() throws(IndexError) -> Filter {
    var parts = [try conjunction()]
    while take("||") { parts.append(try conjunction()) }
    return parts.count == 1 ? parts[0] : .or(parts)
  }

  private mutating func conjunction() throws(IndexError) -> Filter {
    var parts = [try negation()]
    while take("&&") { parts.append(try negation()) }
    return parts.count == 1 ? parts[0] : .and(parts)
  }

  private mutating func negation() throws(IndexError) -> Filter {
    try enter()
    defer { depth -= 1 }
    if take("!") { return .not(try negation()) }
    if take("(") {
      let filter = try disjunction()
      guard take(")") else { throw error("`)`") }
      return filter
    }
    try countOperation()
    return try clause()
  }

  private mutating func enter() throws(IndexError) {
    depth += 1
    guard depth <= Self.depthLimit else {
      throw IndexError(
        .invalid,
        "The filter is nested over \(Self.depthLimit) levels deep: send a flatter one."
      )
    }
  }

  private mutating func clause() throws(IndexError) -> Filter {
    skipSpace()
    let start = index
    while index < text.count, text[index] != ":", !text[index].isWhitespace, text[index] != "(" {
      index += 1
    }
    let name = String(text[start..<index])
    guard !name.isEmpty, take(":") else { throw error("a field name and `:`") }
    var isWhole = false
    var isNegated = false
    if take("!=") {
      (isWhole, isNegated) = (true, true)
    } else if take("!") {
      isNegated = true
    } else if take("=") {
      isWhole = true
    }
    let filter = try condition(name, isWhole: isWhole)
    return isNegated ? .not(filter) : filter
  }

  private mutating func condition(_ name: String, isWhole: Bool) throws(IndexError) -> Filter {
    if name == "id" { return .ids(try items().map(\.text)) }
    guard let field = schema.field(named: name) else {
      throw IndexError(.invalid, "Could not find a filter field named `\(name)` in the schema.")
    }
    guard field.index else {
      throw IndexError(.invalid, "Cannot filter on non-indexed field `\(name)`.")
    }
    if field.type.isText { return .text(field: name, try items(), isWhole: isWhole) }
    if field.type.isGeo { return try place(name) }
    let items = try items().map(\.text)
    if field.type.isInteger || field.type.isBool {
      var ranges: [ClosedRange<Int64>] = []
      for item in items {
        if let range = try integers(item, field) { ranges.append(range) }
      }
      return .integers(field: name, ranges)
    }
    var ranges: [Filter.NumberRange] = []
    for item in items { ranges.append(try numbers(item, field)) }
    return .numbers(field: name, ranges)
  }

  /// One value, or a bracketed list of them.
  private mutating func items() throws(IndexError) -> [Filter.TextValue] {
    guard take("[") else { return [try item(until: { $0 == ")" })] }
    var items: [Filter.TextValue] = []
    repeat {
      try countListItem(items.count)
      items.append(try item(until: { $0 == "," || $0 == "]" }))
    } while take(",")
    guard take("]") else { throw error("`,` or `]`") }
    return items
  }

  private func countListItem(_ count: Int) throws(IndexError) {
    guard count < 10_000 else {
      throw IndexError(.invalid, "A list in the filter has more than 10,000 values: send fewer.")
    }
  }

  /// A value in backticks, or the text up to a boolean operator or what `ends` names.
  private mutating func item(
    until ends: (Character) -> Bool
  ) throws(IndexError) -> Filter.TextValue {
    skipSpace()
    if take("`") {
      let start = index
      while index < text.count, text[index] != "`" { index += 1 }
      guard index < text.count else { throw error("a closing backtick") }
      index += 1
      return Filter.TextValue(text: String(text[start..<(index - 1)]), isPrefix: take("*"))
    }
    let start = index
    while index < text.count, !ends(text[index]) {
      if index + 1 < text.count, text[index] == text[index + 1],
        text[index] == "&" || text[index] == "|"
      {
        break
      }
      index += 1
    }
    var end = index
    while end > start, text[end - 1].isWhitespace { end -= 1 }
    guard end > start else { throw error("a value") }
    let isPrefix = text[end - 1] == "*"
    return Filter.TextValue(
      text: String(text[start..<(isPrefix ? end - 1 : end)]),
      isPrefix: isPrefix
    )
  }

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

  private func numbers(_ item: String, _ field: Field) throws(IndexError) -> Filter.NumberRange {
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
  private func integers(
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

  /// `(lat, lng, 5 km)` or a polygon `(lat, lng, lat, lng, lat, lng, ...)`, maybe in brackets.
  private mutating func place(_ name: String) throws(IndexError) -> Filter {
    let isListed = take("[")
    guard take("(") else { throw error("`(` and a place") }
    var parts: [String] = []
    repeat {
      try countListItem(parts.count)
      parts.append(try item(until: { $0 == "," || $0 == ")" }).text)
    } while take(",")
    guard take(")"), !isListed || take("]") else { throw error("`)`") }
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

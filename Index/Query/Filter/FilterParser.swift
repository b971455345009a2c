// SPDX-License-Identifier: Apache-2.0
//
//   filter := and ("||" and)*          and := not ("&&" not)*        not := "!"? (group | clause)
//   group  := "(" filter ")"           clause := field ":" operator? value | field ".{" filter "}"
//   value  := item | "[" item ("," item)* "]" | "(" numbers ")"     item may be in backticks
//
// At most 100 clauses, as the wire format says, and 100 levels of groups, which bounds recursion.

/// Parses filter expressions such as ``price:[10..100] && brand:=[Acme, `Foo, Inc`]``.
struct FilterParser {
  /// Clauses in one filter.
  static let operationLimit = 100
  /// Groups and negations inside each other.
  static let depthLimit = 100

  let text: [Character]
  private let schema: CollectionSchema
  private let skipsUnknownFields: Bool
  var index = 0
  /// What the names inside braces are relative to, with a dot at its end.
  private var path = ""
  private var operations = 0
  private var depth = 0

  /// Parses a filter on documents of a schema.
  ///
  /// `skipsUnknownFields`: Take conditions on fields that the schema lacks as never met.
  ///
  /// - Throws: ``IndexError`` with code invalid that says where and what was expected.
  static func parse(
    _ text: String,
    schema: CollectionSchema,
    skipsUnknownFields: Bool = false
  ) throws(IndexError) -> Filter {
    guard text.utf8.count <= 100_000 else {
      throw IndexError(.invalid, "The filter is longer than 100,000 bytes: send a shorter one.")
    }
    var parser = FilterParser(Array(text), schema, skipsUnknownFields: skipsUnknownFields)
    let filter = try parser.disjunction()
    parser.skipSpace()
    guard parser.index == parser.text.count else { throw parser.error("`&&`, `||` or the end") }
    return filter
  }

  private init(_ text: [Character], _ schema: CollectionSchema, skipsUnknownFields: Bool) {
    self.text = text
    self.schema = schema
    self.skipsUnknownFields = skipsUnknownFields
  }

  func error(_ expected: String) -> IndexError {
    IndexError(
      .invalid,
      "Could not parse the filter query at character \(index + 1): expected \(expected)."
    )
  }

  private mutating func skipSpace() {
    while index < text.count, text[index].isWhitespace { index += 1 }
  }

  mutating func take(_ token: String) -> Bool {
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
    while index < text.count, !":({".contains(text[index]), !text[index].isWhitespace {
      index += 1
    }
    let name = path + String(text[start..<index])
    if name.hasSuffix("."), index > start, take("{") { return try elements(of: name) }
    guard index > start, take(":") else { throw error("a field name and `:`") }
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

  /// The conditions in braces, which one object of an array must meet together.
  private mutating func elements(of name: String) throws(IndexError) -> Filter {
    let outer = path
    path = name
    let inner = try disjunction()
    path = outer
    guard take("}") else { throw error("`}`") }
    return .elements(path: String(name.dropLast()), inner)
  }

  private mutating func condition(_ name: String, isWhole: Bool) throws(IndexError) -> Filter {
    if name == "id" { return .ids(try items().map(\.text)) }
    guard let field = schema.field(named: name) else {
      guard skipsUnknownFields else {
        throw IndexError(.invalid, "Could not find a filter field named `\(name)` in the schema.")
      }
      try skipValue()
      return .or([])
    }
    guard field.index else {
      throw IndexError(.invalid, "Cannot filter on non-indexed field `\(name)`.")
    }
    if field.type.isText { return .text(field: name, try items(), isWhole: isWhole) }
    if field.type.isGeo { return try places(field) }
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

  /// Takes a value of unknown type: a list, numbers in parentheses or an item.
  private mutating func skipValue() throws(IndexError) {
    if take("(") {
      repeat { _ = try item(until: { $0 == "," || $0 == ")" }) } while take(",")
      guard take(")") else { throw error("`)`") }
    } else {
      _ = try items()
    }
  }

  /// One value, or a bracketed list of them.
  private mutating func items() throws(IndexError) -> [Filter.TextValue] {
    guard take("[") else {
      return [try item(until: path.isEmpty ? { $0 == ")" } : { $0 == ")" || $0 == "}" })]
    }
    var items: [Filter.TextValue] = []
    repeat {
      try countListItem(items.count)
      items.append(try item(until: { $0 == "," || $0 == "]" }))
    } while take(",")
    guard take("]") else { throw error("`,` or `]`") }
    return items
  }

  func countListItem(_ count: Int) throws(IndexError) {
    guard count < 10_000 else {
      throw IndexError(.invalid, "A list in the filter has more than 10,000 values: send fewer.")
    }
  }

  /// A value in backticks, or the text up to a boolean operator or what `ends` names.
  mutating func item(
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
}

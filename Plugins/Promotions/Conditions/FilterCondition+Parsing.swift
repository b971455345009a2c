// SPDX-License-Identifier: Apache-2.0
//
// The grammar is that of the search's filters (see FilterParser in the index), read without knowing
// the fields' types: a value that reads as a number or a range of numbers is kept as both text and
// numbers. Places, polygons and filters on nested objects are kept as opaque text.

extension FilterCondition {
  /// Clauses and groups in one filter, as in searches.
  private static let operationLimit = 100

  /// Reads a filter expression.
  ///
  /// - Throws: ``CurationError`` with code invalid that says where and what was expected.
  init(parsing text: String) throws(CurationError) {
    guard text.utf8.count <= FieldReader.stringLimit else {
      throw CurationError(.invalid, "it is longer than \(FieldReader.stringLimit) bytes.")
    }
    var parser = Parser(text: Array(text.utf8))
    self = try parser.disjunction()
    parser.skipSpace()
    guard parser.index == parser.text.count else { throw parser.error("`&&`, `||` or the end") }
  }

  private struct Parser {
    let text: [UInt8]
    var index = 0
    var operations = 0

    func error(_ expected: String) -> CurationError {
      CurationError(.invalid, "at byte \(index + 1), expected \(expected).")
    }

    mutating func skipSpace() {
      while index < text.count, text[index] == 0x20 || (0x09...0x0D).contains(text[index]) {
        index += 1
      }
    }

    func has(_ token: StaticString, at place: Int) -> Bool {
      token.withUTF8Buffer { place <= text.count && text[place...].starts(with: $0) }
    }

    mutating func take(_ token: StaticString) -> Bool {
      skipSpace()
      guard has(token, at: index) else { return false }
      index += token.utf8CodeUnitCount
      return true
    }

    mutating func disjunction() throws(CurationError) -> FilterCondition {
      var parts = [try conjunction()]
      while take("||") { parts.append(try conjunction()) }
      return parts.count == 1 ? parts[0] : .any(Self.flat(parts, isAll: false))
    }

    mutating func conjunction() throws(CurationError) -> FilterCondition {
      var parts = [try negation()]
      while take("&&") { parts.append(try negation()) }
      return parts.count == 1 ? parts[0] : .all(Self.flat(parts, isAll: true))
    }

    /// Groups inside groups of the same kind say nothing more: `(a && b) && c` is `a && b && c`.
    private static func flat(_ parts: [FilterCondition], isAll: Bool) -> [FilterCondition] {
      parts.flatMap { part in
        switch part {
        case .all(let inner) where isAll: inner
        case .any(let inner) where !isAll: inner
        default: [part]
        }
      }
    }

    mutating func negation() throws(CurationError) -> FilterCondition {
      operations += 1
      guard operations <= FilterCondition.operationLimit else {
        throw CurationError(.invalid, "it has more than \(FilterCondition.operationLimit) parts.")
      }
      if take("!") {
        let part = try negation()
        if case .not(let inner) = part { return inner }
        return .not(part)
      }
      if take("(") {
        let filter = try disjunction()
        guard take(")") else { throw error("`)`") }
        return filter
      }
      return try clause()
    }

    mutating func clause() throws(CurationError) -> FilterCondition {
      skipSpace()
      let start = index
      while index < text.count, !" \t\r\n:({".utf8.contains(text[index]) { index += 1 }
      let field = string(start, index)
      guard !field.isEmpty else { throw error("a field name and `:`") }
      if has("{", at: index), field.hasSuffix(".") {
        return opaque(field, try balanced("{", "}"))
      }
      guard take(":") else { throw error("`:` after `\(field)`") }
      if has("(", at: index) { return opaque(field, try balanced("(", ")")) }
      var (isWhole, isNegated) = (false, false)
      if take("!=") {
        (isWhole, isNegated) = (true, true)
      } else if take("!") {
        isNegated = true
      } else if take("=") {
        isWhole = true
      }
      let items = try items()
      let clause = FilterCondition.clause(Clause(field: field, isWhole: isWhole, items: items))
      return isNegated ? .not(clause) : clause
    }

    private func opaque(_ field: String, _ text: String) -> FilterCondition {
      .clause(Clause(field: field, isWhole: true, items: [Item(text: text)]))
    }

    /// A bracketed text with its brackets, blanks left out.
    private mutating func balanced(
      _ open: Character,
      _ close: Character
    ) throws(CurationError) -> String {
      let (open, close) = (open.asciiValue, close.asciiValue)
      var depth = 0
      var bytes: [UInt8] = []
      while index < text.count {
        let byte = text[index]
        index += 1
        if byte == 0x20 { continue }
        bytes.append(byte)
        if byte == open { depth += 1 }
        if byte == close { depth -= 1 }
        if depth == 0 { return String(decoding: bytes, as: UTF8.self).lowercased() }
      }
      throw error("a closing bracket")
    }

    private func string(_ start: Int, _ end: Int) -> String {
      String(decoding: text[start..<end], as: UTF8.self)
    }

    private mutating func items() throws(CurationError) -> [Item] {
      guard take("[") else { return [try item(inList: false)] }
      var items: [Item] = []
      repeat {
        guard items.count < 10_000 else {
          throw CurationError(.invalid, "a list has more than 10,000 values.")
        }
        items.append(
          has("(", at: index) ? Item(text: try balanced("(", ")")) : try item(inList: true)
        )
      } while take(",")
      guard take("]") else { throw error("`,` or `]`") }
      return items
    }

    private mutating func item(inList: Bool) throws(CurationError) -> Item {
      skipSpace()
      if take("`") {
        let start = index
        while index < text.count, text[index] != UInt8(ascii: "`") { index += 1 }
        guard index < text.count else { throw error("a closing backtick") }
        index += 1
        return Item(value: string(start, index - 1))
      }
      let start = index
      while index < text.count {
        if inList ? has(",", at: index) || has("]", at: index) : has(")", at: index) { break }
        if has("&&", at: index) || has("||", at: index) { break }
        index += 1
      }
      let value = string(start, index).trimmed
      guard !value.isEmpty else { throw error("a value") }
      return Item(value: value)
    }
  }
}

extension FilterCondition.Item {
  /// A value as it stands in a filter.
  fileprivate init(value: String) {
    if case .field(let name) = Placeholder.parts(of: value).first, value.count == name.count + 2 {
      self.init(text: name, isPlaceholder: true)
      return
    }
    let isPrefix = value.hasSuffix("*")
    self.init(
      text: (isPrefix ? String(value.dropLast()) : value).lowercased(),
      isPrefix: isPrefix,
      range: FilterCondition.NumberRange(value),
      source: value
    )
  }
}

extension FilterCondition.NumberRange {
  /// The range that `>=1`, `<2`, `1..2`, `=3` or `3` stands for; nil for other text.
  fileprivate init?(_ text: String) {
    // Most values are words; what begins like a number or a comparison is looked at closely.
    guard let first = text.utf8.first,
      (UInt8(ascii: "+")...UInt8(ascii: ">")).contains(first)
    else { return nil }
    func number(_ text: Substring) -> Double? { Double(String(text).trimmed) }
    if text.hasPrefix(">=") {
      guard let low = number(text.dropFirst(2)) else { return nil }
      self.init(low: low)
    } else if text.hasPrefix("<=") {
      guard let high = number(text.dropFirst(2)) else { return nil }
      self.init(high: high)
    } else if text.hasPrefix(">") {
      guard let low = number(text.dropFirst()) else { return nil }
      self.init(low: low, isLowOpen: true)
    } else if text.hasPrefix("<") {
      guard let high = number(text.dropFirst()) else { return nil }
      self.init(high: high, isHighOpen: true)
    } else if let dots = text.firstRange(of: "..") {
      guard let low = number(text[..<dots.lowerBound]), let high = number(text[dots.upperBound...])
      else { return nil }
      self.init(low: low, high: high)
    } else {
      guard let value = number(text.hasPrefix("=") ? text.dropFirst() : text[...]) else {
        return nil
      }
      self.init(low: value, high: value)
    }
  }
}

extension String {
  /// Without blanks at either end.
  fileprivate var trimmed: String {
    guard utf8.first.map({ $0 <= 0x20 }) ?? false || utf8.last.map({ $0 <= 0x20 }) ?? false else {
      return self
    }
    let tail = drop { $0.isWhitespace }
    return String(tail.prefix(tail.lastIndex { !$0.isWhitespace }.map { tail[...$0].count } ?? 0))
  }
}

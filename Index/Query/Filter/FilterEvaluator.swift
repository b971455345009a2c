// SPDX-License-Identifier: Apache-2.0

/// Finds the documents of one segment that satisfy a filter.
struct FilterEvaluator {
  let segment: Segment
  let schema: CollectionSchema
  let analyzer: Analyzer

  /// The documents that satisfy a filter, deleted ones not yet taken out.
  func evaluate(_ filter: Filter) throws(IndexError) -> Bitset {
    let none = Bitset(count: segment.documentCount)
    switch filter {
    case .and(let parts):
      var result = Bitset(count: segment.documentCount, full: true)
      for part in parts { result.formIntersection(try evaluate(part)) }
      return result
    case .or(let parts):
      var result = none
      for part in parts { result.formUnion(try evaluate(part)) }
      return result
    case .not(let part):
      var result = try evaluate(part)
      result.invert()
      return result
    case .ids(let ids):
      var result = none
      for id in ids {
        if let document = segment.identifiers.document(id) { result.insert(document) }
      }
      return result
    case .integers, .numbers, .text, .near, .polygon, .covers, .elements:
      return try segment.cache.documents(filter) { () throws(IndexError) in try clause(filter) }
    }
  }

  private func clause(_ filter: Filter) throws(IndexError) -> Bitset {
    switch filter {
    case .integers(let name, let ranges):
      let column = try column(name)
      return select(column) { index in
        let value = column.integer(index)
        return ranges.contains { $0.contains(value) }
      }
    case .numbers(let name, let ranges):
      let column = try column(name)
      return select(column) { index in
        let value = column.number(index)
        return ranges.contains { $0.contains(value) }
      }
    case .near(let name, let center, let meters):
      let column = try column(name)
      return select(column) { Geo.distance(column.place($0), center) <= meters }
    case .polygon(let name, let corners):
      let column = try column(name)
      return select(column) { Geo.contains(corners, column.place($0)) }
    case .covers(let name, let place):
      let column = try column(name)
      var result = Bitset(count: segment.documentCount)
      for document in 0..<segment.documentCount {
        let corners = column.range(document).map { column.place($0) }
        if Geo.contains(corners, place) { result.insert(document) }
      }
      return result
    case .text(let name, let values, let isWhole):
      if isWhole, let index = schema.columnFields.firstIndex(where: { $0.name == name }) {
        return whole(index, values)
      }
      var result = Bitset(count: segment.documentCount)
      for value in values { result.formUnion(try matching(name, value, isWhole: isWhole)) }
      return result
    case .elements(_, let inner):
      // Only documents that may satisfy it are read.
      var result = try evaluate(inner.necessary)
      let matcher = try ElementMatcher(schema: schema, analyzer: analyzer)
      var candidates: [Int] = []
      result.forEach { candidates.append($0) }
      for document in candidates
      where try !matcher.matches(filter, in: segment.document(document)) {
        result.remove(document)
      }
      return result
    case .and, .or, .not, .ids: return try evaluate(filter)
    }
  }

  private func column(_ name: String) throws(IndexError) -> Column {
    guard let index = schema.columnFields.firstIndex(where: { $0.name == name }),
      index < segment.columns.count
    else { throw IndexError(.invalid, "Field `\(name)` has no column: set `facet` or `sort`.") }
    return segment.columns[index]
  }

  /// The documents with a value, given by its index, that passes a test.
  @inline(__always)
  private func select(_ column: Column, _ test: (Int) -> Bool) -> Bitset {
    var result = Bitset(count: segment.documentCount)
    result.words.withUnsafeMutableBufferPointer { words in
      for document in 0..<segment.documentCount {
        for index in column.range(document) where test(index) {
          words[document >> 6] |= 1 << UInt64(document & 63)
          break
        }
      }
    }
    return result
  }

  /// Documents in which a text field holds the value's words: nothing else where whole, else anywhere.
  private func matching(
    _ name: String,
    _ value: Filter.TextValue,
    isWhole: Bool
  ) throws(IndexError) -> Bitset {
    guard let field = schema.textFields.firstIndex(where: { $0.name == name }) else {
      return Bitset(count: segment.documentCount)
    }
    let tokens = TokenBuffer()
    analyzer.analyze(value.text, into: tokens)
    let terms = tokens.terms
    guard !terms.isEmpty else { return Bitset(count: segment.documentCount) }
    let matcher = PhraseMatcher(segment: segment)
    if isWhole {
      return try matcher.match(terms, field: field, lastIsPrefix: value.isPrefix, isWhole: true)
    }
    var result = Bitset(count: segment.documentCount, full: true)
    for (index, term) in terms.enumerated() {
      let isPrefix = value.isPrefix && index == terms.count - 1
      result.formIntersection(
        try matcher.match([term], field: field, lastIsPrefix: isPrefix, isWhole: false)
      )
    }
    return result
  }

  /// Documents with a column value that equals one of the texts, or starts with it, whatever the
  /// case.
  private func whole(_ index: Int, _ values: [Filter.TextValue]) -> Bitset {
    let column = segment.columns[index]
    let folded = segment.cache.foldedTerms(index, of: column)
    var matches = [Bool](repeating: false, count: column.termCount)
    for value in values {
      if value.isPrefix {
        let wanted = value.text.lowercased()
        for ordinal in 0..<column.termCount
        where column.term(ordinal).lowercased().hasPrefix(wanted) {
          matches[ordinal] = true
        }
      } else {
        for ordinal in folded.ordinals(value.text, in: column) { matches[ordinal] = true }
      }
    }
    guard matches.contains(true) else { return Bitset(count: segment.documentCount) }
    return matches.withUnsafeBufferPointer { matches in
      select(column) { matches[column.ordinal($0)] }
    }
  }
}

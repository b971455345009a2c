// SPDX-License-Identifier: Apache-2.0

internal import SearchIndex

/// A shopper's terms as patterns see them; both arrays have one element per term.
struct QueryTerms {
  /// What is compared with patterns' terms: stems where the rule asks for them.
  var terms: [String]
  /// The folded words, of which fields' values are made.
  var words: [String]
}

/// A rule's query: terms and placeholders in order.
struct QueryPattern: Equatable, Sendable {
  /// Terms and placeholders in one pattern at most; a longer rule never matches.
  static let elementLimit = 64

  enum Element: Equatable, Sendable {
    case term(String)
    case placeholder(String)
  }

  var elements: [Element] = []
  /// Whether the whole query must match.
  var isExact: Bool

  /// The pattern of a rule's query; nil if no shopper's query can match it.
  ///
  /// `*` has no elements: alone it is the query of everything, contained it is in every query.
  init?(_ query: String, isExact: Bool, analyzer: Analyzer, stem: (String) -> String) {
    self.isExact = isExact
    for part in Placeholder.parts(of: query) {
      switch part {
      case .field(let name): elements.append(.placeholder(name))
      case .text(let text):
        elements += analyzer.terms(of: String(text)).map { .term(stem($0)) }
      }
    }
    guard elements.count <= Self.elementLimit else { return nil }
    if elements.isEmpty, !query.allSatisfy({ $0 == "*" || $0.isWhitespace }) { return nil }
  }

  /// The fields that placeholders name.
  var placeholders: [String] {
    elements.compactMap { if case .placeholder(let field) = $0 { field } else { nil } }
  }

  var hasPlaceholders: Bool {
    elements.contains { if case .placeholder = $0 { true } else { false } }
  }

  /// Where a pattern matched and what its placeholders stand for.
  struct Match: Equatable, Sendable {
    /// The shopper's terms that matched.
    var terms: Range<Int>
    /// Values by placeholder.
    var bindings: [String: String] = [:]
  }

  /// The leftmost match, with the longest values for placeholders, the first ones first.
  func match(_ query: QueryTerms, _ values: (any FieldValues)?) -> Match? {
    guard hasPlaceholders else { return matchTerms(query.terms) }
    guard let values else { return nil }
    let starts = isExact ? 0...0 : 0...query.terms.count
    // A place from which the rest of the pattern fails does so however it was reached.
    var failed: Set<Int> = []
    for start in starts {
      var bindings: [String: String] = [:]
      if let end = bind(0, start, query, values, &bindings, &failed) {
        return Match(terms: start..<end, bindings: bindings)
      }
    }
    return nil
  }

  private func matchTerms(_ terms: [String]) -> Match? {
    guard elements.count <= terms.count, !isExact || elements.count == terms.count else {
      return nil
    }
    for start in 0...(terms.count - elements.count)
    where elements.indices.allSatisfy({ elements[$0] == .term(terms[start + $0]) }) {
      return Match(terms: start..<(start + elements.count))
    }
    return nil
  }

  private func bind(
    _ element: Int,
    _ position: Int,
    _ query: QueryTerms,
    _ values: any FieldValues,
    _ bindings: inout [String: String],
    _ failed: inout Set<Int>
  ) -> Int? {
    guard element < elements.count else {
      return !isExact || position == query.terms.count ? position : nil
    }
    let key = element << 16 | position
    guard position < query.terms.count, !failed.contains(key) else { return nil }
    switch elements[element] {
    case .term(let term):
      if term == query.terms[position],
        let end = bind(element + 1, position + 1, query, values, &bindings, &failed)
      {
        return end
      }
    case .placeholder(let name):
      for run in values.runs(of: name, in: query.words, at: position) {
        if let end = bind(element + 1, position + run.length, query, values, &bindings, &failed) {
          bindings[name] = run.value
          return end
        }
      }
    }
    failed.insert(key)
    return nil
  }
}

extension Analyzer {
  /// The folded terms of a text.
  func terms(of text: String) -> [String] {
    let buffer = TokenBuffer()
    analyze(text, into: buffer)
    return buffer.terms.map { String(decoding: $0, as: UTF8.self) }
  }
}

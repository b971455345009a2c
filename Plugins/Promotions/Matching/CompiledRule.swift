// SPDX-License-Identifier: Apache-2.0

internal import SearchIndex

/// A rule made ready for matching.
final class CompiledRule: Sendable {
  /// Which stems a rule compares: those of one dictionary, or of none.
  struct Stemming: Hashable, Sendable {
    var dictionary: String?
  }

  let rule: CurationRule
  /// The rule's query; nil if it has none or none that can match.
  let pattern: QueryPattern?
  let filter: FilterCondition?
  /// nil if words are compared as they are.
  let stemming: Stemming?

  /// Whether no search can trigger it.
  var isDead: Bool { rule.condition.query != nil && pattern == nil }

  init(_ rule: CurationRule, analyzer: Analyzer, stemmer: RuleStemmer) {
    self.rule = rule
    let condition = rule.condition
    let stemming =
      condition.stem || condition.stemmingDictionary != nil
      ? Stemming(dictionary: condition.stemmingDictionary) : nil
    self.stemming = stemming
    pattern = condition.query.flatMap { query in
      QueryPattern(query, isExact: condition.match != .contains, analyzer: analyzer) { term in
        stemming.map { stemmer.stem(term, dictionary: $0.dictionary) } ?? term
      }
    }
    // Reading the rule has checked the filter's syntax.
    filter = condition.filter.flatMap { try? FilterCondition(parsing: $0) }
  }

  /// What made a search trigger a rule.
  struct Trigger {
    /// The shopper's terms that matched; empty if a synonym did, or if the rule has no query.
    var terms: Range<Int> = 0..<0
    /// Values by placeholder.
    var bindings: [String: String] = [:]
  }

  /// Whether a search triggers the rule, whose tags and time fit already.
  func trigger(_ search: PreparedSearch, _ budget: inout ImplicationBudget) -> Trigger? {
    var trigger = Trigger()
    if let filter {
      guard let own = search.filter, own.implies(filter, &budget) else { return nil }
      for clause in filter.placeholderClauses {
        guard let value = own.singleValue(of: clause) else { return nil }
        trigger.bindings[clause.items[0].text] = value
      }
    }
    if let pattern {
      guard !pattern.isExact || search.isWhole,
        let match = pattern.match(search.terms(stemming), search.values)
      else { return nil }
      trigger.terms = match.terms
      trigger.bindings.merge(match.bindings) { $1 }
    }
    return trigger
  }
}

extension FilterCondition {
  /// Clauses that must hold and give a placeholder its value.
  fileprivate var placeholderClauses: [Clause] {
    conjuncts.compactMap { part in
      guard case .clause(let clause) = part, clause.items[0].isPlaceholder else { return nil }
      return clause
    }
  }

  /// The one value that a search's filter wants of a field.
  fileprivate func singleValue(of clause: Clause) -> String? {
    for part in conjuncts {
      if case .clause(let own) = part, own.implies(clause) { return own.items[0].source }
    }
    return nil
  }
}

/// One way to read a search: its own terms or those with a synonym in place.
struct PreparedSearch {
  let words: [String]
  let isWhole: Bool
  let filter: FilterCondition?
  let values: (any FieldValues)?
  /// The terms by stemming, for those that the index has.
  private let stems: [CompiledRule.Stemming: [String]]

  init(
    _ context: SearchContext,
    words: [String],
    filter: FilterCondition?,
    _ stemmings: [CompiledRule.Stemming],
    _ stemmer: RuleStemmer
  ) {
    self.words = words
    isWhole = context.isWhole
    self.filter = filter
    values = context.values
    stems = Dictionary(
      uniqueKeysWithValues: stemmings.map { stemming in
        (stemming, words.map { stemmer.stem($0, dictionary: stemming.dictionary) })
      }
    )
  }

  func terms(_ stemming: CompiledRule.Stemming?) -> QueryTerms {
    QueryTerms(terms: stemming.flatMap { stems[$0] } ?? words, words: words)
  }
}

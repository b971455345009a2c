// SPDX-License-Identifier: Apache-2.0

public import SearchIndex

/// The rules of a curation set, arranged so that a search finds those that it triggers.
///
/// Immutable; share it between threads, and make another when a rule changes.
public struct RuleIndex: Sendable {
  private let set: String
  private let rules: [CompiledRule]
  /// Rules without tags, for searches without `curation_tags`.
  private var untagged = RuleTable()
  /// Rules with tags, for searches that name some.
  private var tagged = RuleTable()
  private let stemmer: RuleStemmer

  /// Makes an index.
  ///
  /// - Parameters:
  ///   - set: The rules.
  ///   - analyzer: Cuts rules' queries into terms as it does shoppers'.
  ///   - stemmer: For rules with `stem`.
  ///   - previous: An index of the set as it was, made with an analyzer and a stemmer of the same
  ///     kind; rules that did not change are not read again.
  /// - Complexity: O(*n*) for *n* rules.
  public init(
    _ set: CurationSet,
    analyzer: Analyzer,
    stemmer: RuleStemmer = RuleStemmer(),
    reusing previous: RuleIndex? = nil
  ) {
    self.set = set.name
    self.stemmer = stemmer
    // Both lists are in the order of ids, so a walk through both finds what is the same.
    var known = (previous?.rules ?? [])[...]
    rules = set.items.map { rule in
      while let first = known.first, first.rule.id.utf8.lexicographicallyPrecedes(rule.id.utf8) {
        known = known.dropFirst()
      }
      if let first = known.first, first.rule == rule { return first }
      return CompiledRule(rule, analyzer: analyzer, stemmer: stemmer)
    }
    for (number, rule) in rules.enumerated() where !rule.isDead {
      if rule.rule.condition.tags.isEmpty {
        untagged.insert(rule, number: UInt32(number))
      } else {
        tagged.insert(rule, number: UInt32(number))
      }
    }
  }

  /// The number of rules.
  public var count: Int { rules.count }

  /// What rules do to a search.
  ///
  /// The cost hardly depends on how many rules there are: they are looked up by the search's words,
  /// filter and tags.
  ///
  /// - Parameters:
  ///   - context: The search.
  ///   - indexes: The sets in the order in which they are linked: an earlier set's rules come first,
  ///     and one of them that stops processing stops it for later sets too.
  /// - Returns: What to do, and which rule says so.
  public static func plan(for context: SearchContext, in indexes: [RuleIndex]) -> PromotionPlan {
    var builder = PlanBuilder(context: context)
    var budget = ImplicationBudget()
    var isStopped = false
    var hasTriggered = false
    // A filter that cannot be read triggers nothing; the search itself will refuse it.
    let filter =
      !context.filter.isEmpty && indexes.contains { $0.table(context).readsFilters }
      ? try? FilterCondition(parsing: context.filter) : nil
    for usesSynonyms in [false, true] {
      if usesSynonyms, hasTriggered || context.synonymTerms.isEmpty { break }
      for index in indexes where !isStopped || context.explainsUnreached {
        index.forEachTriggered(context, filter, usesSynonyms, &budget) { rule, trigger in
          hasTriggered = true
          if isStopped {
            builder.addUnreached(rule.rule.id, set: index.set)
          } else {
            builder.apply(rule.rule, set: index.set, trigger)
            isStopped = rule.rule.stopsProcessing
          }
          return !isStopped || context.explainsUnreached
        }
      }
    }
    if budget.steps <= 0 { builder.addExhausted() }
    return builder.finish()
  }

  /// What the rules do to a search; see ``plan(for:in:)``.
  public func plan(for context: SearchContext) -> PromotionPlan {
    Self.plan(for: context, in: [self])
  }

  private func table(_ context: SearchContext) -> RuleTable {
    context.tags.isEmpty ? untagged : tagged
  }

  /// Calls `body` with each triggered rule in order until it returns false.
  private func forEachTriggered(
    _ context: SearchContext,
    _ filter: FilterCondition?,
    _ usesSynonyms: Bool,
    _ budget: inout ImplicationBudget,
    _ body: (CompiledRule, CompiledRule.Trigger) -> Bool
  ) {
    let table = table(context)
    let readings = usesSynonyms ? context.synonymTerms : [context.terms]
    let searches = readings.map { words in
      PreparedSearch(context, words: words, filter: filter, table.stemmings, stemmer)
    }
    let found = searches.map { table.candidates($0, tags: context.tags) }
    let numbers = found.count == 1 ? found[0] : Set(found.joined()).sorted()
    visit(numbers, context) { rule in
      guard !usesSynonyms || rule.rule.condition.synonyms else { return true }
      for search in searches {
        guard var trigger = rule.trigger(search, &budget) else { continue }
        // A synonym's words are not the shopper's, so none can be taken out.
        if usesSynonyms { trigger.terms = 0..<0 }
        return body(rule, trigger)
      }
      return true
    }
  }

  /// Calls `body` with rules in order: with tags, first those that have all of them.
  private func visit(
    _ numbers: [UInt32],
    _ context: SearchContext,
    _ body: (CompiledRule) -> Bool
  ) {
    guard !context.tags.isEmpty else {
      for number in numbers where !body(rules[Int(number)]) { return }
      return
    }
    let wanted = Set(context.tags)
    for wantsAll in [true, false] {
      for number in numbers {
        let own = rules[Int(number)].rule.condition.tags
        guard own.contains(where: { wanted.contains($0) }),
          wanted.allSatisfy({ own.contains($0) }) == wantsAll
        else { continue }
        if !body(rules[Int(number)]) { return }
      }
    }
  }
}

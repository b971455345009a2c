// SPDX-License-Identifier: Apache-2.0

public import SearchIndex

/// All rules of some curation sets, arranged so that a search finds those that it triggers.
///
/// Immutable; share it between threads, and make another when a rule changes.
public struct RuleIndex: Sendable {
  private let rules: [CompiledRule]
  /// Rules without tags, for searches without `curation_tags`.
  private var untagged = RuleTable()
  /// Rules with tags, for searches that name some.
  private var tagged = RuleTable()
  private let stemmer: RuleStemmer

  /// Makes an index.
  ///
  /// - Parameters:
  ///   - sets: The sets in the order in which they are linked; the first set's rules come first, and
  ///     in a set rules come in the order of their ids' bytes.
  ///   - analyzer: Cuts rules' queries into terms as it does shoppers'.
  ///   - stemmer: For rules with `stem`.
  ///   - previous: An index made with an analyzer and a stemmer of the same kind; rules that it
  ///     shares are not read again.
  /// - Complexity: O(*n* log *n*) for *n* rules.
  public init(
    _ sets: [CurationSet],
    analyzer: Analyzer,
    stemmer: RuleStemmer = RuleStemmer(),
    reusing previous: RuleIndex? = nil
  ) {
    var known: [String: [String: CompiledRule]] = [:]
    for rule in previous?.rules ?? [] { known[rule.set, default: [:]][rule.rule.id] = rule }
    var rules: [CompiledRule] = []
    rules.reserveCapacity(sets.reduce(0) { $0 + $1.items.count })
    for set in sets {
      let reusable = known[set.name]
      let sorted = set.items.sorted { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
      for rule in sorted {
        if let compiled = reusable?[rule.id], compiled.rule == rule {
          rules.append(compiled)
        } else {
          rules.append(CompiledRule(rule, set: set.name, analyzer: analyzer, stemmer: stemmer))
        }
      }
    }
    self.rules = rules
    self.stemmer = stemmer
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

  /// What the rules do to a search.
  ///
  /// Takes microseconds even with ten thousand rules: it looks rules up by the search's words,
  /// filter and tags.
  public func plan(for context: SearchContext) -> PromotionPlan {
    var builder = PlanBuilder(context: context)
    var budget = ImplicationBudget()
    var isStopped = false
    forEachTriggered(context, &budget) { rule, trigger in
      if isStopped {
        builder.addUnreached(rule)
      } else {
        builder.apply(rule, trigger)
        isStopped = rule.rule.stopsProcessing
      }
      return !isStopped || context.explainsUnreached
    }
    if budget.steps <= 0 { builder.addExhausted() }
    return builder.finish()
  }

  /// Calls `body` with each triggered rule in order until it returns false.
  func forEachTriggered(
    _ context: SearchContext,
    _ budget: inout ImplicationBudget,
    _ body: (CompiledRule, CompiledRule.Trigger) -> Bool
  ) {
    let table = context.tags.isEmpty ? untagged : tagged
    // A filter that cannot be read triggers nothing; the search itself will refuse it.
    let filter =
      table.readsFilters && !context.filter.isEmpty
      ? try? FilterCondition(parsing: context.filter) : nil
    let stemmings = table.stemmings
    func prepared(_ words: [String]) -> PreparedSearch {
      PreparedSearch(
        context,
        words: words,
        filter: filter,
        stemmings: stemmings,
        stemmer: stemmer
      )
    }
    let search = prepared(context.terms)
    var hasTriggered = false
    visit(table.candidates(search, tags: context.tags), context) { rule in
      guard let trigger = rule.trigger(search, &budget) else { return true }
      hasTriggered = true
      return body(rule, trigger)
    }
    guard !hasTriggered, !context.synonymTerms.isEmpty else { return }
    let others = context.synonymTerms.prefix(64).map { prepared(Array($0.prefix(64))) }
    let numbers = Set(others.flatMap { table.candidates($0, tags: context.tags) }).sorted()
    visit(numbers, context) { rule in
      guard rule.rule.condition.synonyms else { return true }
      for other in others {
        if var trigger = rule.trigger(other, &budget) {
          // The terms that matched are not the shopper's, so none can be taken out.
          trigger.terms = 0..<0
          return body(rule, trigger)
        }
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

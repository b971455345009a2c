// SPDX-License-Identifier: Apache-2.0

public import SearchIndex

/// The rules of a curation set, arranged so that a search finds those that it triggers.
///
/// A value: share it between threads, and change a copy.
public struct RuleIndex: Sendable {
  private struct Window {
    var from: Int64
    var to: Int64

    init(_ rule: CurationRule) {
      from = rule.effectiveFrom ?? .min
      to = rule.effectiveTo ?? .max
    }
  }

  private let set: String
  private let stemmer: RuleStemmer
  /// Rules by slot; a slot is never used again.
  private var rules: [CompiledRule?]
  /// When rules apply, by slot: looked at first, and without a look at the rule.
  private var windows: [Window]
  /// Slots in the order of their rules' ids.
  private var order: [UInt32]
  /// The place of each slot in ``order``.
  private var ranks: [UInt32] = []
  /// Rules without tags, for searches without `curation_tags`.
  private var untagged = RuleTable()
  /// Rules with tags, for searches that name some.
  private var tagged = RuleTable()

  /// Makes an index.
  ///
  /// - Parameters:
  ///   - set: The rules.
  ///   - analyzer: Cuts rules' queries into terms as it does shoppers'.
  ///   - stemmer: For rules with `stem`.
  /// - Complexity: O(*n*) for *n* rules.
  public init(_ set: CurationSet, analyzer: Analyzer, stemmer: RuleStemmer = RuleStemmer()) {
    self.set = set.name
    self.stemmer = stemmer
    rules = set.items.map { CompiledRule($0, analyzer: analyzer, stemmer: stemmer) }
    windows = set.items.map { Window($0) }
    order = Array(0..<UInt32(rules.count))
    rank()
    list(Array(order))
  }

  /// The number of rules.
  public var count: Int { order.count }

  /// The fields whose values stand for placeholders of rules' queries.
  public var placeholderFields: Set<String> {
    untagged.placeholderFields.union(tagged.placeholderFields)
  }

  private mutating func rank() {
    ranks = [UInt32](repeating: 0, count: rules.count)
    for (rank, slot) in order.enumerated() { ranks[Int(slot)] = UInt32(rank) }
  }

  private mutating func list(_ slots: [UInt32]) {
    let ranks = ranks
    func listed(_ isTagged: Bool) -> [(UInt32, CompiledRule)] {
      slots.compactMap { slot in
        guard let rule = rules[Int(slot)], !rule.isDead,
          rule.rule.condition.tags.isEmpty != isTagged
        else { return nil }
        return (slot, rule)
      }
    }
    untagged.insert(listed(false)) { ranks[Int($0)] < ranks[Int($1)] }
    tagged.insert(listed(true)) { ranks[Int($0)] < ranks[Int($1)] }
  }

  /// Where a rule is in ``order``, or would be.
  private func place(of id: String) -> (index: Int, isThere: Bool) {
    func found(_ index: Int) -> String { rules[Int(order[index])]?.rule.id ?? "" }
    var (low, high) = (0, order.count)
    while low < high {
      let middle = (low + high) / 2
      if found(middle).utf8.lexicographicallyPrecedes(id.utf8) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return (low, low < order.count && found(low) == id)
  }

  /// Adds a rule, or replaces the one of its id.
  ///
  /// - Complexity: O(*n*) with a small constant: a copy of the lists, no rule is read again.
  public mutating func put(_ rule: CurationRule, analyzer: Analyzer) {
    remove(rule.id)
    let slot = UInt32(rules.count)
    rules.append(CompiledRule(rule, analyzer: analyzer, stemmer: stemmer))
    windows.append(Window(rule))
    order.insert(slot, at: place(of: rule.id).index)
    rank()
    list([slot])
  }

  /// Removes the rule of an id, if there is one; its slot and its place in the tries stay unused.
  public mutating func remove(_ id: String) {
    let (index, isThere) = place(of: id)
    guard isThere else { return }
    let slot = order.remove(at: index)
    rules[Int(slot)] = nil
    untagged.remove(slot)
    tagged.remove(slot)
    rank()
  }

  /// Whether so many rules were replaced or removed that a new index would be smaller.
  var isWorn: Bool { rules.count > 2 * order.count + 1_000 }

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
    var found = RuleTable.Candidates()
    for search in searches { table.find(search, tags: context.tags, &found) }
    visit(found, context) { rule in
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

  /// Calls `body` with rules in order until it returns false: with tags, first those that have all
  /// of them.
  private func visit(
    _ found: RuleTable.Candidates,
    _ context: SearchContext,
    _ body: (CompiledRule) -> Bool
  ) {
    guard !context.tags.isEmpty else {
      forEachRule(found, context.time, body)
      return
    }
    let wanted = Set(context.tags)
    var goesOn = true
    for wantsAll in [true, false] where goesOn {
      forEachRule(found, context.time) { rule in
        let own = rule.rule.condition.tags
        guard own.contains(where: { wanted.contains($0) }),
          wanted.allSatisfy({ own.contains($0) }) == wantsAll
        else { return true }
        goesOn = body(rule)
        return goesOn
      }
    }
  }

  /// Calls `body` with each rule once that applies now, in the order of trying, until it returns
  /// false.
  private func forEachRule(
    _ found: RuleTable.Candidates,
    _ time: Int64,
    _ body: (CompiledRule) -> Bool
  ) {
    func visit(_ slot: UInt32) -> Bool {
      let window = windows[Int(slot)]
      guard window.from <= time, time <= window.to, let rule = rules[Int(slot)] else {
        return true
      }
      return body(rule)
    }
    func sorted(_ slots: [UInt32]) -> [UInt32] {
      slots.sorted { ranks[Int($0)] < ranks[Int($1)] }
    }
    var lists = found.lists
    if !found.others.isEmpty { lists.append(sorted(found.others)) }
    if lists.count > 8 { lists = [sorted(Array(lists.joined()))] }
    // Mostly the first rules stop the search, so lists are merged only as far as needed.
    var next = [Int](repeating: 0, count: lists.count)
    while true {
      var least: UInt32?
      for (index, list) in lists.enumerated() where next[index] < list.count {
        let slot = list[next[index]]
        if least.map({ ranks[Int(slot)] < ranks[Int($0)] }) ?? true { least = slot }
      }
      guard let least else { return }
      for index in lists.indices {
        while next[index] < lists[index].count, lists[index][next[index]] == least {
          next[index] += 1
        }
      }
      if !visit(least) { return }
    }
  }
}

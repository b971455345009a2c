// SPDX-License-Identifier: Apache-2.0
//
// Conflicts are settled by one principle: what an earlier rule did stands. Each thing that a later
// rule therefore cannot do, or does in another way, is noted with the rule that stands against it.

internal import JSON

/// Turns triggered rules, in order, into a plan.
struct PlanBuilder {
  /// A rule by its set and id.
  struct RuleName: Equatable {
    var set = ""
    var id = ""
  }

  let context: SearchContext
  var plan = PromotionPlan()
  /// The rule whose actions are being done.
  private var current = RuleName()
  /// Which rule did something that only one can do, by what it is.
  private(set) var owners: [String: RuleName] = [:]
  /// For places that are taken, one behind that may be free.
  private var nextPlaces: [Int: Int] = [:]
  private var removedTerms: Set<Int> = []
  private var availability: String?

  init(context: SearchContext) { self.context = context }

  mutating func note(
    _ action: RuleNote.Action,
    _ outcome: RuleNote.Outcome,
    _ detail: String,
    by name: RuleName? = nil
  ) {
    plan.explanation.append(
      RuleNote(
        set: (name ?? current).set,
        rule: (name ?? current).id,
        action: action,
        outcome: outcome,
        detail: detail
      )
    )
  }

  /// Claims something for the current rule; returns the rule that has it already, or nil.
  mutating func claim(_ key: String) -> String? {
    if let owner = owners[key] { return owner.id }
    owners[key] = current
    return nil
  }

  /// Takes the first free place from `wanted` on.
  ///
  /// Each search shortens the ways it went, so that many pins at one place stay cheap.
  mutating func takePosition(_ wanted: Int) -> Int {
    var place = wanted
    var passed: [Int] = []
    while let next = nextPlaces[place] {
      passed.append(place)
      place = next
    }
    for earlier in passed { nextPlaces[earlier] = place + 1 }
    nextPlaces[place] = place + 1
    _ = claim("position:\(place)")
    return place
  }

  mutating func apply(_ rule: CurationRule, set: String, _ trigger: CompiledRule.Trigger) {
    current = RuleName(set: set, id: rule.id)
    plan.appliedRules.append(rule.id)
    rewriteQuery(rule, trigger)
    addFilter(rule, trigger.bindings)
    replaceSort(rule, trigger.bindings)
    addMetadata(rule)
    for include in rule.includes { pin(include, isFiltered: rule.filtersIncludes) }
    for id in rule.excludes { hide(id) }
    addBoosts(rule, trigger.bindings)
    addCaps(rule, trigger.bindings)
    addStock(rule)
    if let metrics = rule.diversity {
      if let owner = claim("diversity") {
        note(.diversity, .lost, "rule \(owner) already spreads the results")
      } else {
        plan.diversity = metrics
        note(.diversity, .applied, "results are spread by \(metrics.map(\.field))")
      }
    }
    if let preserves = rule.preservesPositions, claim("positions") == nil {
      plan.preservesPositions = preserves
    }
  }

  mutating func addUnreached(_ id: String, set: String) {
    let stopper = plan.appliedRules.last ?? ""
    current = RuleName(set: set, id: id)
    note(.rule, .skipped, "not reached: rule \(stopper) has stop_processing")
  }

  mutating func addExhausted() {
    current = RuleName()
    note(.rule, .skipped, "the search's filter is too nested to compare with all rules' filters")
  }

  mutating func finish() -> PromotionPlan {
    current = RuleName(id: "pinned_hits")
    for include in context.pinnedHits { pin(include, isFiltered: false) }
    current = RuleName(id: "hidden_hits")
    hideForSearch()
    if !removedTerms.isEmpty, plan.query == nil {
      plan.query = context.query(without: removedTerms)
    }
    capPins()
    if let availability {
      for index in plan.pins.indices { plan.pins[index].requirement = availability }
    }
    plan.pins.sort { $0.position < $1.position }
    if let preserves = context.preservesPositions { plan.preservesPositions = preserves }
    return plan
  }
}

extension PlanBuilder {
  private mutating func rewriteQuery(_ rule: CurationRule, _ trigger: CompiledRule.Trigger) {
    if let text = rule.replacement {
      if !removedTerms.isEmpty {
        note(.replaceQuery, .lost, "rule \(owners["terms"]?.id ?? "") already took words out")
      } else if let owner = claim("query") {
        note(.replaceQuery, .lost, "rule \(owner) already replaced the query")
      } else if let filled = Placeholder.fill(text, trigger.bindings, quote: { $0 }) {
        plan.query = filled
        note(.replaceQuery, .applied, "searches for \(filled)")
      }
    } else if rule.removesMatchedTokens, !trigger.terms.isEmpty {
      if let owner = owners["query"] {
        note(.removeTokens, .lost, "rule \(owner.id) already replaced the query")
      } else {
        _ = claim("terms")
        removedTerms.formUnion(trigger.terms)
        let words = context.terms[trigger.terms].joined(separator: " ")
        note(.removeTokens, .applied, "takes out \(words)")
      }
    }
  }

  private mutating func addFilter(_ rule: CurationRule, _ bindings: [String: String]) {
    guard let text = rule.filter,
      let filter = Placeholder.fill(text, bindings, quote: Placeholder.filterValue)
    else { return }
    if let owner = claim("filter:" + filter) {
      note(.filter, .skipped, "rule \(owner) already added it")
    } else {
      plan.filters.append(filter)
      note(.filter, .applied, filter)
    }
  }

  private mutating func replaceSort(_ rule: CurationRule, _ bindings: [String: String]) {
    guard let text = rule.sort else { return }
    guard let sort = Placeholder.fill(text, bindings, quote: Placeholder.nameValue) else {
      note(.sort, .skipped, "a value does not fit into a field's name")
      return
    }
    if let owner = claim("sort") {
      note(.sort, .lost, "rule \(owner) already set the order")
    } else {
      plan.sort = sort
      note(.sort, .applied, sort)
    }
  }

  private mutating func addMetadata(_ rule: CurationRule) {
    guard let added = rule.metadata?.object else { return }
    var members = plan.metadata?.object ?? []
    var lost: [String] = []
    for member in added {
      if let owner = claim("metadata:" + member.key) {
        lost.append("\(member.key) (rule \(owner))")
      } else {
        members.append(member)
      }
    }
    plan.metadata = .object(members)
    note(.metadata, .applied, "adds \(added.count - lost.count) keys")
    if !lost.isEmpty {
      note(.metadata, .lost, "already set: \(lost.joined(separator: ", "))")
    }
  }

  private mutating func addStock(_ rule: CurationRule) {
    guard let stock = rule.stock else { return }
    if let owner = claim("stock") {
      note(.stock, .lost, "rule \(owner) already demotes what cannot be had")
      return
    }
    plan.boosts.append(Boost(filter: "!(\(stock.available))", factor: stock.factor))
    if stock.releasesPins { availability = stock.available }
    note(.stock, .applied, "without \(stock.available): scores times \(stock.factor)")
  }
}

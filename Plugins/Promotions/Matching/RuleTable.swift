// SPDX-License-Identifier: Apache-2.0

/// Finds the rules that a search may trigger, by what they need: words, filter or tags.
///
/// Each rule stands in one list, or one per value of the condition that it is listed by: that of its
/// conditions which it shares with fewest rules so far. So many rules for one query that differ in
/// their filters are found by filter, and the other way round.
struct RuleTable: Sendable {
  private struct Words: Sendable {
    var trie = TermTrie()
    /// Rules by the state at which their query ends.
    var ends: [UInt32: [UInt32]] = [:]
  }

  /// Where a rule is listed.
  private enum Listing: Sendable {
    case words(CompiledRule.Stemming?, state: UInt32)
    case filter(Set<FilterKey>)
    case tags(Set<String>)
  }

  private var listings: [UInt32: Listing] = [:]
  private var words: [CompiledRule.Stemming?: Words] = [:]
  private var filters: [FilterKey: [UInt32]] = [:]
  private var ranges: [String: RangeTable] = [:]
  private var tags: [String: [UInt32]] = [:]

  /// Stemmings that rules ask for.
  var stemmings: [CompiledRule.Stemming] { words.keys.compactMap { $0 } }
  /// Whether rules look at searches' filters.
  private(set) var readsFilters = false
  /// Fields that placeholders of rules' queries name, or once did.
  private(set) var placeholderFields: Set<String> = []

  /// Adds rules by slot.
  ///
  /// `precedes`: The order in which slots' rules are tried, in which lists are kept.
  mutating func insert(
    _ rules: [(slot: UInt32, rule: CompiledRule)],
    precedes: (UInt32, UInt32) -> Bool
  ) {
    var added: [String: [(low: Double, high: Double, slot: UInt32)]] = [:]
    for (slot, rule) in rules {
      let listing = list(rule)
      listings[slot] = listing
      switch listing {
      case .words(let stemming, let state):
        Self.insert(slot, &words[stemming, default: Words()].ends[state, default: []], precedes)
      case .filter(let keys):
        for key in keys {
          if case .range(let field, let low, let high) = key {
            added[field, default: []].append((low, high, slot))
          } else {
            Self.insert(slot, &filters[key, default: []], precedes)
          }
        }
      case .tags(let names):
        for name in names { Self.insert(slot, &tags[name, default: []], precedes) }
      }
    }
    for (field, entries) in added { ranges[field, default: RangeTable()].insert(entries) }
  }

  private static func insert(
    _ slot: UInt32,
    _ list: inout [UInt32],
    _ precedes: (UInt32, UInt32) -> Bool
  ) {
    var (low, high) = (0, list.count)
    // Rules mostly come in order, so the end is looked at first.
    if let last = list.last, precedes(last, slot) { low = high }
    while low < high {
      let middle = (low + high) / 2
      if precedes(list[middle], slot) { low = middle + 1 } else { high = middle }
    }
    list.insert(slot, at: low)
  }

  private func weight(_ key: FilterKey) -> Int {
    // Of a field's ranges only those around a search's are visited.
    if case .range(let field, _, _) = key { return (ranges[field]?.count ?? 0) / 16 }
    return filters[key]?.count ?? 0
  }

  /// Where a rule shares its list with fewest others.
  private mutating func list(_ rule: CompiledRule) -> Listing {
    var best: (listing: Listing, cost: Int)?
    func offer(_ listing: Listing, _ cost: Int) {
      if best.map({ cost < $0.cost }) ?? true { best = (listing, cost) }
    }
    if let pattern = rule.pattern {
      placeholderFields.formUnion(pattern.placeholders)
      let state = words[rule.stemming, default: Words()].trie.insert(pattern)
      offer(
        .words(rule.stemming, state: state),
        words[rule.stemming]?.ends[state]?.count ?? 0
      )
    }
    if let filter = rule.filter {
      readsFilters = true
      let keys = filter.ruleKeys(weight: weight)
      offer(.filter(keys), keys.reduce(0) { $0 + weight($1) })
    }
    let names = Set(rule.rule.condition.tags)
    if !names.isEmpty { offer(.tags(names), names.reduce(0) { $0 + (tags[$1]?.count ?? 0) }) }
    // A rule has a query, a filter or tags; reading it has seen to that.
    return best?.listing ?? .tags([])
  }

  /// Takes a rule out of its lists.
  mutating func remove(_ slot: UInt32) {
    switch listings.removeValue(forKey: slot) {
    case .words(let stemming, let state): words[stemming]?.ends[state]?.removeAll { $0 == slot }
    case .filter(let keys):
      for key in keys {
        if case .range(let field, _, _) = key {
          ranges[field]?.remove(slot)
        } else {
          filters[key]?.removeAll { $0 == slot }
        }
      }
    case .tags(let names): for name in names { tags[name]?.removeAll { $0 == slot } }
    case nil: break
    }
  }

  /// Slots that a search may trigger.
  struct Candidates {
    /// Lists in the order of trying; several may hold the same slot.
    var lists: [[UInt32]] = []
    /// More slots, in no order.
    var others: [UInt32] = []
  }

  /// Adds the slots that the search may trigger.
  func find(_ search: PreparedSearch, tags wanted: [String], _ found: inout Candidates) {
    func add(_ list: [UInt32]?) {
      if let list, !list.isEmpty { found.lists.append(list) }
    }
    for (stemming, words) in words {
      var seen: Set<UInt32> = []
      words.trie.forEachMatch(search.terms(stemming), search.values) { state in
        if let list = words.ends[state], seen.insert(state).inserted { add(list) }
      }
    }
    if readsFilters, let filter = search.filter {
      for key in filter.searchKeys {
        if case .range(let field, let low, let high) = key {
          ranges[field]?.find(holding: low, high, &found.others)
        } else {
          add(filters[key])
        }
      }
    }
    for tag in wanted { add(tags[tag]) }
  }
}

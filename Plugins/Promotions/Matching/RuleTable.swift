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

  private var words: [CompiledRule.Stemming?: Words] = [:]
  private var filters: [FilterKey: [UInt32]] = [:]
  private var tags: [String: [UInt32]] = [:]

  /// Stemmings that rules ask for.
  var stemmings: [CompiledRule.Stemming] { words.keys.compactMap { $0 } }
  /// Whether rules look at searches' filters.
  private(set) var readsFilters = false

  /// Adds a rule; numbers ascend.
  mutating func insert(_ rule: CompiledRule, number: UInt32) {
    if rule.filter != nil { readsFilters = true }
    let filterKeys = rule.filter?.ruleKeys { filters[$0]?.count ?? 0 }
    let filterCost = filterKeys.map { keys in
      keys.reduce(0) { $0 + (filters[$1]?.count ?? 0) }
    }
    let ruleTags = Set(rule.rule.condition.tags)
    let tagCost = ruleTags.isEmpty ? nil : ruleTags.reduce(0) { $0 + (tags[$1]?.count ?? 0) }
    if let pattern = rule.pattern {
      let state = words[rule.stemming, default: Words()].trie.insert(pattern)
      let cost = words[rule.stemming]?.ends[state]?.count ?? 0
      if cost <= filterCost ?? .max, cost <= tagCost ?? .max {
        words[rule.stemming]?.ends[state, default: []].append(number)
        return
      }
    }
    if let filterKeys, filterCost ?? 0 <= tagCost ?? .max {
      for key in filterKeys { filters[key, default: []].append(number) }
    } else {
      for tag in ruleTags { tags[tag, default: []].append(number) }
    }
  }

  /// The numbers of rules that the search may trigger, ascending.
  func candidates(_ search: PreparedSearch, tags wanted: [String]) -> [UInt32] {
    var lists: [[UInt32]] = []
    for (stemming, words) in words {
      words.trie.forEachMatch(search.terms(stemming), search.values) { state in
        if let list = words.ends[state] { lists.append(list) }
      }
    }
    if !filters.isEmpty, let filter = search.filter {
      for key in filter.searchKeys {
        if let list = filters[key] { lists.append(list) }
      }
    }
    for tag in wanted {
      if let list = tags[tag] { lists.append(list) }
    }
    guard lists.count > 1 else { return lists.first ?? [] }
    let sorted = lists.joined().sorted()
    return zip(sorted, sorted.dropFirst()).reduce(into: [sorted[0]]) { unique, pair in
      if pair.0 != pair.1 { unique.append(pair.1) }
    }
  }
}

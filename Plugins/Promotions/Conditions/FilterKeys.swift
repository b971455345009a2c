// SPDX-License-Identifier: Apache-2.0
//
// Keys under which rules with filters are found. Whenever a search's filter implies a rule's, some
// clause of the one implies some clause of the other (see the cases of `implies`), so it is enough
// that those two clauses share a key. A clause of plain values has a key per value; prefixes and
// placeholders are found by their field alone, and ranges by a range that they must hold. Under a
// negation the two sides change places, as they do in `implies`.

/// A key of a clause.
indirect enum FilterKey: Hashable, Sendable {
  case field(String)
  case text(String, String)
  case word(String, String)
  case number(String, Double)
  case range(String, low: Double, high: Double)
  case not(FilterKey)

  /// The key of a negated clause.
  fileprivate var negated: FilterKey {
    // Ranges cannot be looked up the other way round.
    if case .range(let field, _, _) = self { return .not(.field(field)) }
    return .not(self)
  }
}

extension FilterCondition {
  /// The keys under which a rule with this filter is kept: those of one conjunct.
  ///
  /// `weight`: How many rules a key already has; the conjunct whose keys have fewest is taken.
  func ruleKeys(weight: (FilterKey) -> Int) -> Set<FilterKey> {
    var best: (keys: Set<FilterKey>, cost: Int)?
    for part in conjuncts {
      let keys = part.branchKeys(weight: weight)
      let cost = keys.reduce(0) { $0 + weight($1) }
      if best.map({ cost < $0.cost }) ?? true { best = (keys, cost) }
    }
    return best?.keys ?? []
  }

  /// The keys of which a search that implies this condition has at least one.
  private func branchKeys(weight: (FilterKey) -> Int) -> Set<FilterKey> {
    switch self {
    case .all: ruleKeys(weight: weight)
    case .any(let parts): parts.reduce(into: []) { $0.formUnion($1.branchKeys(weight: weight)) }
    case .not(let part): Set(part.searchKeys.map(\.negated))
    case .clause(let clause): clause.ruleKeys
    }
  }

  /// The keys to look up for a search with this filter.
  var searchKeys: Set<FilterKey> {
    switch self {
    case .all(let parts), .any(let parts):
      parts.reduce(into: []) { $0.formUnion($1.searchKeys) }
    case .not(let part): Set(part.ruleKeys { _ in 0 }.map(\.negated))
    case .clause(let clause): clause.searchKeys
    }
  }
}

extension FilterCondition.Clause {
  fileprivate var searchKeys: Set<FilterKey> {
    var keys: Set<FilterKey> = [.field(field)]
    // One value is enough: to imply a rule's clause each value must be among the rule's.
    guard let item = items.first else { return keys }
    if let range = item.range { keys.insert(.range(field, low: range.low, high: range.high)) }
    if let point = item.range?.point {
      keys.insert(.number(field, point))
    } else if !item.isPrefix {
      if isWhole { keys.insert(.text(field, item.text)) }
      keys.insert(.word(field, item.text))
      for word in FilterCondition.Item.words(item.text) {
        keys.insert(.word(field, String(word)))
      }
    }
    return keys
  }
}

extension FilterCondition.Clause {
  fileprivate var ruleKeys: Set<FilterKey> {
    var keys: Set<FilterKey> = []
    for item in items {
      if item.isPrefix || item.isPlaceholder { return [.field(field)] }
      if let point = item.range?.point {
        keys.insert(.number(field, point))
      } else if let range = item.range {
        keys.insert(.range(field, low: range.low, high: range.high))
      } else if isWhole {
        keys.insert(.text(field, item.text))
      }
      if !isWhole {
        // The first word stands for all, of numbers too: where the field is text, `size:10` holds for
        // a search of `size:=10 kg`. A value without words can only be equal.
        let words = FilterCondition.Item.words(item.text)
        keys.insert(.word(field, words.first.map(String.init) ?? item.text))
      }
    }
    return keys
  }
}

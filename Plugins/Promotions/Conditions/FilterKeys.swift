// SPDX-License-Identifier: Apache-2.0
//
// Keys under which rules with filters are found. Whenever a search's filter implies a rule's, some
// clause of the one implies some clause of the other (see the cases of `implies`), so it is enough
// that those two clauses share a key. A clause of plain values has a key per value; what cannot be
// looked up by value (prefixes, placeholders, negations) is found by its field alone, and ranges are
// found by a number that they must hold.

/// A key of a clause.
enum FilterKey: Hashable, Sendable {
  case field(String)
  case text(String, String)
  case word(String, String)
  case number(String, Double)
  case range(String, low: Double, high: Double)
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
    case .all: return ruleKeys(weight: weight)
    case .any(let parts):
      return parts.reduce(into: []) { $0.formUnion($1.branchKeys(weight: weight)) }
    case .not(let part):
      var keys: Set<FilterKey> = []
      part.forEachClause { clause, _ in keys.insert(.field(clause.field)) }
      return keys
    case .clause(let clause): return clause.ruleKeys
    }
  }

  /// The keys to look up for a search with this filter.
  var searchKeys: Set<FilterKey> {
    var keys: Set<FilterKey> = []
    forEachClause { clause, underNot in
      keys.insert(.field(clause.field))
      // One value is enough: to imply a rule's clause each value must be among the rule's.
      guard !underNot, let item = clause.items.first else { return }
      if let range = item.range {
        keys.insert(.range(clause.field, low: range.low, high: range.high))
      }
      if let point = item.range?.point {
        keys.insert(.number(clause.field, point))
      } else if !item.isPrefix {
        if clause.isWhole { keys.insert(.text(clause.field, item.text)) }
        keys.insert(.word(clause.field, item.text))
        for word in FilterCondition.Item.words(item.text) {
          keys.insert(.word(clause.field, String(word)))
        }
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

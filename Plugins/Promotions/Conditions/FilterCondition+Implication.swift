// SPDX-License-Identifier: Apache-2.0
//
// Whether each document that satisfies a search's filter satisfies a rule's, as far as the two texts
// show it: sound (never yes wrongly) but not complete. What reads as a number is taken for one, since
// the fields' types are not known here: for a text field, `size:4` then implies `size:=4`.

/// Work allowed for comparing one search's filter with rules' filters.
///
/// Groups nested in groups of the other kind can take exponential time to compare; a search whose
/// filter uses this up triggers no further rule with a filter.
struct ImplicationBudget {
  /// Comparisons left.
  var steps = 200_000
}

extension FilterCondition {
  /// Whether this filter, a search's, implies `rule`.
  func implies(_ rule: FilterCondition, _ budget: inout ImplicationBudget) -> Bool {
    guard budget.steps > 0 else { return false }
    budget.steps -= 1
    switch (self, rule) {
    case (_, .all(let parts)): return parts.allSatisfy { implies($0, &budget) }
    case (.any(let parts), _): return parts.allSatisfy { $0.implies(rule, &budget) }
    case (_, .any(let parts)):
      if parts.contains(where: { implies($0, &budget) }) { return true }
      guard case .all(let own) = self else { return false }
      return own.contains { $0.implies(rule, &budget) }
    case (.all(let parts), _): return parts.contains { $0.implies(rule, &budget) }
    case (.not(let own), .not(let other)): return other.implies(own, &budget)
    case (.clause(let own), .clause(let other)): return own.implies(other)
    default: return false
    }
  }
}

extension FilterCondition.Clause {
  func implies(_ rule: FilterCondition.Clause) -> Bool {
    guard field == rule.field else { return false }
    if rule.items.count == 1, rule.items[0].isPlaceholder {
      return items.count == 1 && !items[0].isPrefix && !items[0].isPlaceholder
        && (isWhole || !rule.isWhole)
    }
    return items.allSatisfy { item in
      rule.items.contains { item.implies($0, isWhole: isWhole, inWhole: rule.isWhole) }
    }
  }
}

extension FilterCondition.Item {
  fileprivate func implies(_ rule: Self, isWhole: Bool, inWhole: Bool) -> Bool {
    if let range, let other = rule.range { return other.contains(range) }
    // A word of a value does not make the whole value.
    guard isWhole || !inWhole, !rule.isPlaceholder, !isPlaceholder else { return false }
    if rule.isPrefix { return text.hasPrefix(rule.text) }
    if isPrefix { return false }
    if text == rule.text { return true }
    guard !inWhole else { return false }
    // `brand:acme` holds for a search of `brand:=Acme Tools`: its words follow each other there.
    let (own, wanted) = (Self.words(text), Self.words(rule.text))
    guard !wanted.isEmpty, wanted.count <= own.count else { return false }
    return (0...(own.count - wanted.count)).contains { own[$0...].starts(with: wanted) }
  }
}

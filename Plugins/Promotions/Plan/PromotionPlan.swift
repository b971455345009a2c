// SPDX-License-Identifier: Apache-2.0

public import JSON

/// What the rules that a search triggered do to it.
public struct PromotionPlan: Equatable, Sendable {
  /// The query to search for instead of the shopper's; nil to leave it.
  public var query: String?
  /// Filter expressions that are added to the search's, each to hold.
  public var filters: [String] = []
  /// The order instead of the search's; nil to leave it.
  public var sort: String?
  /// What the answer shows as `metadata`: an object, or nil.
  public var metadata: JSON?
  /// Documents shown at fixed places, by position; ids and positions differ.
  public var pins: [Pin] = []
  /// Ids that are not shown; none is pinned.
  public var hiddenIDs: [String] = []
  /// Factors for scores; a document gets the product of those whose filter it matches.
  public var boosts: [Boost] = []
  /// The most hits of a kind among the first ones.
  public var caps: [Cap] = []
  /// How results are spread; nil if they are not.
  public var diversity: [SimilarityMetric]?
  /// Whether pins keep their places when other pins are not shown.
  public var preservesPositions = true
  /// The rules that applied, in order.
  public var appliedRules: [String] = []
  /// What each rule did, and what it could not do and why, in order.
  public var explanation: [RuleNote] = []

  /// A plan that leaves a search as it is.
  public init() {}

  /// The search's filter and the added ones as one expression; "" if there are none.
  public func combinedFilter(with filter: String) -> String {
    Self.conjunction([filter] + filters)
  }

  /// One expression for several that must all hold; empty ones say nothing.
  static func conjunction(_ filters: [String]) -> String {
    let all = filters.filter { !$0.allSatisfy(\.isWhitespace) }
    return all.count < 2 ? all.first ?? "" : all.map { "(\($0))" }.joined(separator: " && ")
  }
}

/// A document shown at a fixed place.
public struct Pin: Equatable, Sendable {
  /// The document's id.
  public var id: String
  /// The place among all hits, from 1.
  public var position: Int
  /// Whether it is shown only if it satisfies the search's filter.
  public var isFiltered: Bool
  /// A filter that it must satisfy to stay pinned; otherwise it ranks like any other document.
  public var requirement: String?

  /// Creates a pin.
  public init(id: String, position: Int, isFiltered: Bool = false, requirement: String? = nil) {
    (self.id, self.position) = (id, position)
    (self.isFiltered, self.requirement) = (isFiltered, requirement)
  }
}

/// What became of one action of one rule.
public struct RuleNote: Equatable, Sendable {
  /// The actions of rules.
  public enum Action: String, Sendable {
    case rule, replaceQuery = "replace_query", removeTokens = "remove_matched_tokens"
    case filter = "filter_by", sort = "sort_by", metadata, pin, hide, boost, bury, cap, stock
    case diversity
  }

  /// What can become of an action.
  public enum Outcome: String, Sendable {
    /// It was done as the rule says.
    case applied
    /// It was done in another way, to keep what an earlier rule did.
    case changed
    /// An earlier rule's action stands against it.
    case lost
    /// It was not tried.
    case skipped
  }

  /// The rule's set; "" for the search's own pins and hidden hits.
  public var set: String
  /// The rule's id, or the search parameter.
  public var rule: String
  /// What the rule meant to do.
  public var action: Action
  /// What became of it.
  public var outcome: Outcome
  /// In words, for a merchandiser.
  public var detail: String

  /// The note as answers show it.
  public var json: JSON {
    [
      "set": .string(set), "rule": .string(rule), "action": .string(action.rawValue),
      "outcome": .string(outcome.rawValue), "detail": .string(detail),
    ]
  }
}

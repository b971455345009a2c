// SPDX-License-Identifier: Apache-2.0

import JSON
import LMDBStore

/// What a rule has counted of one query or product.
public struct RuleTotal: Equatable, Sendable {
  /// The query as counted, or the product's id.
  public var subject: String
  /// Searches, or the sum of a counter's weights.
  public var count: Double
  /// The filter that the query was sent with, where the rule counts by it; else empty.
  public var filter = ""
  /// The tag that the query was sent with, where the rule counts by it; else empty.
  public var tag = ""
}

extension BehaviourSnapshot {
  /// The analytics rules, by name.
  public func rules() throws -> [AnalyticsRule] {
    try transaction.entries(tables.rules, prefix: []).map {
      try AnalyticsRule(JSON(parsing: Array($0.value)))
    }
  }

  /// What a rule has counted, the greatest count first: queries, or products of a counter rule.
  ///
  /// Queries that fewer than ``EventStore/Options/leastShoppers`` shoppers have sent are left out.
  ///
  /// - Throws: ``BehaviourError`` with code notFound.
  /// - Complexity: O(*n* log *n*) in the queries or products that the rule has met.
  public func counts(rule name: String) throws -> [RuleTotal] {
    guard let bytes = try transaction.get(tables.rules, Array(name.utf8)),
      let number = try Name(kind: .rule, scope: "", text: name).number(transaction, tables)
    else { throw BehaviourError(.notFound, "There is no analytics rule `\(name)`.") }
    let rule = try AnalyticsRule(JSON(parsing: Array(bytes)))
    var found: [(number: UInt32, count: Double)] = []
    for (key, value) in try transaction.entries(tables.counts, prefix: Key.of(number)) {
      let count = try RuleCount(value).count
      if count != 0 { found.append((key.withUnsafeBytes { Key.number32($0, at: 4) }, count)) }
    }
    found.sort { ($0.count, $1.number) > ($1.count, $0.number) }
    var counts: [RuleTotal] = []
    for (subject, count) in found where counts.count < rule.limit {
      let kind: NameKind = rule.kind == .counter ? .product : .query
      if kind == .query {
        guard count > 0,
          let bytes = try transaction.get(tables.state, Key.of(StateKind.query.rawValue, subject)),
          try QueryState(bytes).shoppers.count >= options.leastShoppers
        else { continue }
      }
      if let name = try Name(kind, subject, transaction, tables) {
        let subject = kind == .query ? QuerySubject(name) : QuerySubject(query: name.text)
        counts.append(
          RuleTotal(subject: subject.query, count: count, filter: subject.filter, tag: subject.tag)
        )
      }
    }
    return counts
  }

  /// The latest events of a shopper, the latest first.
  ///
  /// `rule`: Only those for this rule or of this name; nil for all.
  public func events(of shopper: String, rule: String?, limit: Int) throws -> [Event] {
    var events: [Event] = []
    var sequence = try state(keyed(1, shopper))?.head ?? 0
    // A shopper with a great many events of other rules must not hold up the answer.
    var looked = 0
    while sequence != 0, events.count < limit, looked < 100_000,
      let bytes = try transaction.get(tables.log, Key.of(sequence))
    {
      let record = try LogRecord(bytes)
      looked += 1
      if !record.flags.contains(.expired), rule == nil || record.name == rule {
        events.append(try event(record, shopper: shopper))
      }
      sequence = record.previous
    }
    return events
  }
}

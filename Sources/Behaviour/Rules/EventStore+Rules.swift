// SPDX-License-Identifier: Apache-2.0

import JSON
import LMDBStore

/// What the rules of a collection count by themselves of the searches that are answered.
public struct CaptureNeeds: Sendable {
  /// Whether a rule counts queries as the best hit completes them.
  public var expansions = false
}

extension RuleBook {
  /// By collection, what is needed of searches; none where no rule counts them.
  var captureNeeds: [String: CaptureNeeds] {
    var needs: [String: CaptureNeeds] = [:]
    for rule in entries.map(\.definition) where rule.countsQueries && rule.capturesSearches {
      needs[rule.collection, default: CaptureNeeds()].expansions =
        needs[rule.collection]?.expansions == true || rule.expandsQueries
    }
    return needs
  }
}

extension EventStore {
  /// What rules need to know of a collection's searches; nil if none counts them.
  public func captureNeeds(of collection: String) -> CaptureNeeds? {
    captureNeeds.get()[collection]
  }

  /// Makes a rule or replaces that of its name; counts go on.
  public func set(rule: AnalyticsRule) throws {
    try writer.perform { core in
      let name = Name(kind: .rule, scope: "", text: rule.name)
      let number = try core.write { ingestion in
        let number = try core.names.number(name, ingestion.transaction)
        try ingestion.transaction.put(
          core.tables.rules,
          Array(rule.name.utf8),
          rule.json.serialized()
        )
        return number
      }
      core.rules.set(RuleBook.Entry(number: number, definition: rule))
      self.captureNeeds.set(core.rules.captureNeeds)
    }
  }

  /// Removes a rule and its counts.
  ///
  /// - Throws: ``BehaviourError`` with code notFound.
  public func removeRule(named name: String) throws {
    try writer.perform { core in
      guard let entry = core.rules[name] else {
        throw BehaviourError(.notFound, "There is no analytics rule `\(name)`.")
      }
      core.rules.remove(name)
      self.captureNeeds.set(core.rules.captureNeeds)
      try core.environment.write { transaction in
        try transaction.delete(core.tables.rules, Array(name.utf8))
        for key in try transaction.keys(core.tables.counts, prefix: Key.of(entry.number)) {
          try transaction.delete(core.tables.counts, key)
        }
      }
    }
  }
}

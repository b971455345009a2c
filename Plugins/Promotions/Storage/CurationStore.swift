// SPDX-License-Identifier: Apache-2.0
//
// Table `curation_rules`: the key is the set's name, NUL and the rule's id; the value a RuleRecord.
// A set has a record of its own under the empty id, so that it may have no rules.

import Foundation
public import LMDBStore
internal import SearchIndex
import Synchronization

/// All curation sets of a data directory, on disk and ready for searches.
///
/// A change is on disk and seen by every later search when the call returns. Thread-safe: searches
/// wait for no change, and changes wait for each other.
public final class CurationStore: Sendable {
  private let environment: Environment
  private let table: Table
  /// Held by one change from reading the old state to publishing the new.
  private let changeLock = NSLock()
  private let stemmer: RuleStemmer

  private struct Entry {
    var set: CurationSet
    var index: RuleIndex
  }

  /// Held only to look something up or to publish it.
  private let entries = Mutex<[String: Entry]>([:])

  /// Opens the curation sets of a data directory, whose environment is open already.
  ///
  /// - Parameters:
  ///   - environment: The store; a table is made in it.
  ///   - stemmer: For rules with `stem`.
  /// - Throws: ``CurationError`` with code corrupt if a stored rule is damaged; `StoreError`;
  ///   `IndexError` if ICU's data is missing.
  public init(environment: Environment, stemmer: RuleStemmer = RuleStemmer()) throws {
    self.environment = environment
    self.stemmer = stemmer
    guard let table = try environment.tables(["curation_rules"], create: true)[0] else {
      throw CurationError(.corrupt, "The store lacks its table of rules: restore from a backup.")
    }
    self.table = table
    var rules: [String: [CurationRule]] = [:]
    for (key, value) in try environment.read().entries(table, prefix: []) {
      guard let end = key.firstIndex(of: 0) else {
        throw CurationError(.corrupt, "A curation rule's key is damaged: restore from a backup.")
      }
      let name = String(decoding: key[..<end], as: UTF8.self)
      rules[name, default: []] += [try RuleRecord.decode(value)].compactMap { $0 }
    }
    for (name, items) in rules { try publish(CurationSet(name: name, items: items), nil) }
  }

  /// The sets, by name.
  public var sets: [CurationSet] {
    entries.withLock { $0.values.map(\.set) }.sorted { $0.name < $1.name }
  }

  /// The set of a name.
  ///
  /// - Throws: ``CurationError`` with code notFound.
  public func set(named name: String) throws(CurationError) -> CurationSet {
    try entry(name).0
  }

  /// The rule of an id in a set.
  ///
  /// - Throws: ``CurationError`` with code notFound.
  public func rule(_ id: String, in name: String) throws(CurationError) -> CurationRule {
    guard let rule = try set(named: name)[id] else { throw Self.missing(id) }
    return rule
  }

  /// The indexes of sets, in their order, for ``RuleIndex/plan(for:in:)``.
  ///
  /// Names of which there is no set, or which come again, are left out: a collection may be linked
  /// to a set before it is made.
  public func indexes(of names: [String]) -> [RuleIndex] {
    guard !names.isEmpty else { return [] }
    var seen: Set<String> = []
    let linked = names.filter { seen.insert($0).inserted }
    return entries.withLock { entries in linked.compactMap { entries[$0]?.index } }
  }

  /// Makes a set or replaces the one of its name.
  ///
  /// - Throws: `StoreError`; nothing is changed then.
  public func put(_ set: CurationSet) throws {
    try changeLock.withLock {
      let old = entries.withLock { $0[set.name] }
      try environment.write { transaction in
        for rule in old?.set.items ?? [] where set[rule.id] == nil {
          try transaction.delete(table, Self.key(set.name, rule.id))
        }
        try transaction.put(table, Self.key(set.name, ""), RuleRecord.encode(nil))
        for rule in set.items where rule != old?.set[rule.id] {
          try transaction.put(table, Self.key(set.name, rule.id), RuleRecord.encode(rule))
        }
      }
      try publish(set, nil)
    }
  }

  /// Removes a set and its rules.
  ///
  /// - Throws: ``CurationError`` with code notFound; `StoreError`.
  public func removeSet(named name: String) throws {
    try changeLock.withLock {
      let old = try set(named: name)
      try environment.write { transaction in
        try transaction.delete(table, Self.key(name, ""))
        for rule in old.items { try transaction.delete(table, Self.key(name, rule.id)) }
      }
      _ = entries.withLock { $0.removeValue(forKey: name) }
    }
  }

  /// Adds a rule to a set or replaces the one of its id.
  ///
  /// - Throws: ``CurationError`` with code notFound, or invalid if the set is full; `StoreError`.
  public func put(_ rule: CurationRule, in name: String) throws {
    try changeLock.withLock {
      var (set, index) = try entry(name)
      try set.put(rule)
      try environment.write { try $0.put(table, Self.key(name, rule.id), RuleRecord.encode(rule)) }
      try AnalyzerPool.withAnalyzer { index.put(rule, analyzer: $0) }
      try publish(set, index)
    }
  }

  /// Removes a rule from a set.
  ///
  /// - Throws: ``CurationError`` with code notFound; `StoreError`.
  public func removeRule(_ id: String, in name: String) throws {
    try changeLock.withLock {
      var (set, index) = try entry(name)
      guard set.remove(id) else { throw Self.missing(id) }
      try environment.write { try $0.delete(table, Self.key(name, id)) }
      index.remove(id)
      try publish(set, index)
    }
  }

  private func entry(_ name: String) throws(CurationError) -> (CurationSet, RuleIndex) {
    guard let entry = entries.withLock({ $0[name] }) else {
      throw CurationError(.notFound, field: "name", "Could not find that curation set: `\(name)`.")
    }
    return (entry.set, entry.index)
  }

  /// Shows a set to searches, with its index or, if there is none or a worn one, a new one.
  private func publish(_ set: CurationSet, _ index: RuleIndex?) throws {
    let kept = index.flatMap { $0.isWorn ? nil : $0 }
    let index =
      try kept
      ?? AnalyzerPool.withAnalyzer { RuleIndex(set, analyzer: $0, stemmer: stemmer) }
    entries.withLock { $0[set.name] = Entry(set: set, index: index) }
  }

  private static func key(_ name: String, _ id: String) -> [UInt8] {
    Array(name.utf8) + [0] + Array(id.utf8)
  }

  private static func missing(_ id: String) -> CurationError {
    CurationError(.notFound, field: "id", "Could not find that curation set item: `\(id)`.")
  }
}

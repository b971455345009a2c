// SPDX-License-Identifier: Apache-2.0

import Foundation
import LMDBStore

/// What the writer knows between transactions; one thread at a time.
final class EventCore {
  let environment: Environment
  let tables: Tables
  let options: EventStore.Options
  let keyed: SipHash
  var names: NameTable
  /// The last sequence number given.
  var sequence: UInt64 = 0
  var rules: RuleBook
  var propensities: Propensities
  var sweep = Sweep()
  /// What counter rules have counted and products have not been told.
  var counters = PendingCounters()

  private static let format: UInt16 = 1

  init(_ environment: Environment, _ options: EventStore.Options) throws {
    self.environment = environment
    self.options = options
    tables = try Tables(environment)
    keyed = try Self.prepare(environment, tables)
    let transaction = try environment.read()
    names = try NameTable(tables, transaction)
    rules = try RuleBook(transaction, tables)
    let stored = try transaction.get(tables.meta, Array("propensities".utf8))
    propensities = try stored.map { try Propensities($0) } ?? Propensities()
    sequence = try Self.sequence(transaction, tables)
  }

  /// Checks the format of what is stored; returns the key of hashes, nil if nothing is stored yet.
  static func key(_ transaction: ReadTransaction, _ tables: Tables) throws -> SipHash? {
    guard let bytes = try transaction.get(tables.meta, Array("format".utf8)) else { return nil }
    var reader = ByteReader(bytes, "format of events")
    let found = try reader.fixed(UInt16.self)
    guard found >= format else {
      throw BehaviourError(.tooOld, "Events have format \(found): export with its martlet.")
    }
    guard found <= format else {
      throw BehaviourError(.tooNew, "Events have format \(found): use a newer martlet.")
    }
    guard let key = try transaction.get(tables.meta, Array("key".utf8)), key.count == 16 else {
      throw BehaviourError.corrupt("key of hashes")
    }
    return SipHash(key: Array(key))
  }

  /// Checks the format of what is stored, and makes the key of hashes once.
  private static func prepare(_ environment: Environment, _ tables: Tables) throws -> SipHash {
    if let known = try key(environment.read(), tables) { return known }
    var random = SystemRandomNumberGenerator()
    let key = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    try environment.write { transaction in
      try transaction.put(tables.meta, Array("key".utf8), key)
      var writer = ByteWriter()
      writer.fixed(format)
      try transaction.put(tables.meta, Array("format".utf8), writer.bytes)
    }
    return SipHash(key: key)
  }

  /// The last sequence number given, as of a transaction.
  static func sequence(_ transaction: ReadTransaction, _ tables: Tables) throws -> UInt64 {
    guard let bytes = try transaction.get(tables.meta, Array("sequence".utf8)) else { return 0 }
    var reader = ByteReader(bytes, "sequence number")
    return try reader.fixed(UInt64.self)
  }

  /// Takes events in and commits; the result has an outcome for each.
  func ingest(_ events: ArraySlice<Event>) throws -> [Outcome] {
    var changed: [QueryCount] = []
    let outcomes = try write { ingestion in
      let outcomes = try events.map { try ingestion.add($0) }
      try ingestion.finish()
      changed = try self.changes(ingestion)
      return outcomes
    }
    if !changed.isEmpty { options.queryObserver?(changed) }
    return outcomes
  }

  /// Runs `body` in a write transaction; if it fails, what is kept in memory is read anew.
  func write<T>(_ body: (Ingestion) throws -> T) throws -> T {
    do {
      var changed: [UInt64] = []
      let result = try environment.write { transaction in
        let ingestion = Ingestion(self, transaction, now: options.clock())
        let result = try body(ingestion)
        changed = ingestion.ledger.changedCounts
        return result
      }
      if !changed.isEmpty { counters.note(changed, rules) }
      return result
    } catch {
      let transaction = try environment.read()
      names = try NameTable(tables, transaction)
      sequence = try Self.sequence(transaction, tables)
      throw error
    }
  }

  private func changes(_ ingestion: Ingestion) throws -> [QueryCount] {
    guard options.queryObserver != nil else { return [] }
    return try ingestion.ledger.changedQueries.compactMap { number, state in
      guard let name = try Name(.query, number, ingestion.transaction, tables), !name.isForm
      else { return nil }
      return QueryCount(
        collection: name.scope,
        query: name.text,
        counters: state.counters,
        isShared: state.shoppers.count >= options.leastShoppers
      )
    }
  }

  func hash(shopper: String) -> UInt64 { keyed(1, shopper) }
  func hash(session: String) -> UInt64 { max(1, keyed(2, session)) }
  func hash(event: String) -> UInt64 { keyed(3, event) }
  func hash(query: String) -> UInt64 { keyed(4, query) }

  /// The identity of an event that has no id of its own.
  func hash(content event: Event, sent: Int64) -> UInt64 {
    var writer = ByteWriter()
    writer.fixed(UInt8(5))
    writer.fixed(event.kind.rawValue)
    writer.fixed(sent)
    for text in [event.shopper, event.session, event.query, event.queryID, event.name] {
      writer.string(text)
    }
    for item in event.items { writer.string(item.product) }
    return writer.bytes.withUnsafeBytes { keyed.hash($0) }
  }
}

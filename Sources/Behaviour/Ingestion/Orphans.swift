// SPDX-License-Identifier: Apache-2.0
//
// Names that only a forgotten shopper's events had could tell who that was: they go too. Which those
// are nobody counts, since it is asked rarely: the log is searched for other events that have them, in a
// snapshot, so that writers do not wait, and then in what has come meanwhile.

import LMDBStore

/// Things that forgotten events named, by number.
struct Orphans {
  struct Thing: Hashable {
    var kind: NameKind
    var number: UInt32
  }

  private(set) var things: Set<Thing> = []
  var isEmpty: Bool { things.isEmpty }

  /// Adds all that an event names.
  mutating func add(_ record: LogRecord) { Self.forEachThing(of: record) { things.insert($0) } }

  /// Takes out all that an event names.
  mutating func remove(_ record: LogRecord) { Self.forEachThing(of: record) { things.remove($0) } }

  mutating func filter(_ isKept: (Thing) throws -> Bool) rethrows {
    things = try things.filter(isKept)
  }

  private static func forEachThing(of record: LogRecord, _ body: (Thing) -> Void) {
    func add(_ kind: NameKind, _ number: UInt32) {
      if number != 0 { body(Thing(kind: kind, number: number)) }
    }
    add(.query, record.query)
    add(.query, record.fromQuery)
    add(.query, record.collapsed)
    add(.category, record.category)
    add(.brand, record.brand)
    for item in record.items {
      add(.product, item.product)
      add(.query, item.query)
    }
    for partner in record.partners { add(.product, partner) }
  }
}

extension EventStore {
  /// Erases the names of things that no event of the log has.
  ///
  /// O(events of the log) where there are any such; mostly other events have them, and it ends early.
  func forget(_ orphans: Orphans) throws {
    guard !orphans.isEmpty else { return }
    let transaction = try core.environment.read()
    let last = try EventCore.sequence(transaction, core.tables)
    let found = try EventCore.unnamed(orphans, transaction, core.tables, after: 0)
    guard !found.isEmpty else { return }
    try writer.perform { try $0.erase(found, after: last) }
  }
}

extension EventCore {
  /// Those of some things that no event after a sequence number names.
  static func unnamed(
    _ orphans: Orphans,
    _ transaction: ReadTransaction,
    _ tables: Tables,
    after sequence: UInt64
  ) throws -> Orphans {
    var left = orphans
    try transaction.walk(tables.log, from: Key.of(sequence + 1)) { _, value in
      let record = try LogRecord(value)
      if !record.flags.contains(.expired) { left.remove(record) }
      return !left.isEmpty
    }
    return left
  }

  /// Erases the names and states of things that no event named up to a sequence number, nor since.
  func erase(_ orphans: Orphans, after sequence: UInt64) throws {
    // One thread writes: what is committed now is all there is.
    let left = try Self.unnamed(orphans, try environment.read(), tables, after: sequence)
    guard !left.isEmpty else { return }
    try write { ingestion in
      for thing in left.things.sorted(by: { $0.number < $1.number }) {
        try names.erase(thing.kind, thing.number, ingestion.transaction)
        let kinds: [StateKind] =
          switch thing.kind {
          case .product: [.product, .visited, .bought]
          case .query: [.query, .clicks, .next]
          default: []
          }
        for kind in kinds {
          try ingestion.transaction.delete(tables.state, Key.of(kind.rawValue, thing.number))
        }
      }
    }
  }
}

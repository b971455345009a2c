// SPDX-License-Identifier: Apache-2.0

import LMDBStore

/// The tables of events in the data directory's environment; Documentation/Formats tells the bytes.
struct Tables: Sendable {
  /// Sequence number to event.
  let log: Table
  /// Day and hash of an event's id, so that a repetition is known.
  let ids: Table
  /// Day and hash of a search's id to its query.
  let searches: Table
  /// Kind, scope and text to number.
  let names: Table
  /// Kind and number to scope and text.
  let numbers: Table
  /// Kind and number to counters, neighbours, a query's products, or a collection's mixture.
  let state: Table
  /// Hashed id to profile.
  let shoppers: Table
  /// Hashed id of a session to that of its shopper.
  let sessions: Table
  /// Name to the rule's JSON.
  let rules: Table
  /// Rule and subject to count.
  let counts: Table
  /// Name to what the store knows of itself.
  let meta: Table

  /// `create`: Whether to make tables that are missing; if not, that is an error.
  init(_ environment: Environment, create: Bool = true) throws {
    let names = [
      "log", "ids", "searches", "names", "numbers", "state", "shoppers", "sessions", "rules",
      "counts", "meta",
    ]
    let found = try environment.tables(names.map { "behaviour." + $0 }, create: create).compactMap {
      $0
    }
    guard found.count == names.count else {
      throw create
        ? BehaviourError.corrupt("table of events")
        : BehaviourError(.invalid, "There are no events yet: send some, or import a history.")
    }
    log = found[0]
    ids = found[1]
    searches = found[2]
    self.names = found[3]
    numbers = found[4]
    state = found[5]
    shoppers = found[6]
    sessions = found[7]
    rules = found[8]
    counts = found[9]
    meta = found[10]
  }
}

/// What can be read in either kind of transaction.
protocol Reading {
  func get(_ table: Table, _ key: [UInt8]) throws(StoreError) -> UnsafeRawBufferPointer?
}

extension ReadTransaction: Reading {}
extension WriteTransaction: Reading {}

/// The kinds of records in the table of state.
enum StateKind: UInt8 {
  case product = 1
  case query, visited, bought, next, clicks, mixture
}

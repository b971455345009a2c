// SPDX-License-Identifier: Apache-2.0

import LMDBStore

/// The counts that one write transaction touches, each loaded once and stored once.
final class Ledger {
  /// A value that is changed in place.
  final class Box<Value> {
    var value: Value
    init(_ value: Value) { self.value = value }
  }

  private static let mostVisited = 64
  private static let mostBought = 32
  private static let mostNext = 32

  private let transaction: WriteTransaction
  private let tables: Tables
  let options: EventStore.Options
  let propensities: Propensities
  private var products: [UInt32: Box<Counters>] = [:]
  private var shop: Box<Counters>?
  private var queries: [UInt32: Box<QueryState>] = [:]
  private var neighbours: [UInt64: Box<Neighbours>] = [:]
  private var shown: [UInt32: Box<QueryProducts>] = [:]
  private var mixtures: [UInt32: Box<QueryMixture>] = [:]
  private var counts: [UInt64: Box<RuleCount>] = [:]
  /// Queries of which a shopper was forgotten.
  private var forgotten: Set<UInt32> = []

  init(
    _ transaction: WriteTransaction,
    _ tables: Tables,
    _ options: EventStore.Options,
    _ propensities: Propensities
  ) {
    self.transaction = transaction
    self.tables = tables
    self.options = options
    self.propensities = propensities
  }

  /// The queries whose counts have changed.
  var changedQueries: [(number: UInt32, state: QueryState)] {
    queries.map { ($0.key, $0.value.value) }
  }

  /// The rules and subjects whose counts have changed, as their keys.
  var changedCounts: [UInt64] { Array(counts.keys) }

  /// Takes a shopper out of those who are known to have sent a query.
  func forget(_ shopper: UInt64, of query: UInt32) throws {
    try self.query(query).value.forget(shopper)
    forgotten.insert(query)
  }

  /// Removes the queries of which nothing is left once their shopper is forgotten, for their text
  /// could tell who that was; returns their numbers.
  func removeForgotten() throws -> [UInt32] {
    let removed = try forgotten.filter { number in
      let state = try query(number).value
      return try state.isEmpty && shown(number).value.entries.isEmpty
    }
    for number in removed {
      queries[number] = nil
      shown[number] = nil
      neighbours[Self.index(.next, number)] = nil
      for kind in [StateKind.query, .clicks, .next] {
        try transaction.delete(tables.state, Key.of(kind.rawValue, number))
      }
    }
    return removed.sorted()
  }

  /// Leaves of things that events named only those of which no count is left.
  func keepBare(_ orphans: inout Orphans) throws {
    try orphans.filter { thing in
      switch thing.kind {
      case .product: try counters(thing.number).value.isNone
      case .query:
        try query(thing.number).value.isEmpty && shown(thing.number).value.entries.isEmpty
      default: true
      }
    }
  }

  private static func index(_ kind: StateKind, _ number: UInt32) -> UInt64 {
    UInt64(kind.rawValue) << 32 | UInt64(number)
  }

  /// Adds to a product's counts and to those of the whole shop, which are product 0's.
  func product(_ number: UInt32, _ added: SIMD8<Float>, _ time: UInt32) throws {
    try counters(number).value.add(added, at: time, options.halfLives)
    let whole = try shop ?? counters(0)
    whole.value.add(added, at: time, options.halfLives)
    shop = whole
  }

  private func counters(_ number: UInt32) throws -> Box<Counters> {
    if let known = products[number] { return known }
    let key = Key.of(StateKind.product.rawValue, number)
    let box = Box(
      try transaction.get(tables.state, key).map {
        var reader = ByteReader($0, "record of a product")
        return try Counters(&reader)
      } ?? Counters()
    )
    products[number] = box
    return box
  }

  func query(_ number: UInt32) throws -> Box<QueryState> {
    if let known = queries[number] { return known }
    let key = Key.of(StateKind.query.rawValue, number)
    let box = Box(try transaction.get(tables.state, key).map { try QueryState($0) } ?? QueryState())
    queries[number] = box
    return box
  }

  func shown(_ query: UInt32) throws -> Box<QueryProducts> {
    if let known = shown[query] { return known }
    let key = Key.of(StateKind.clicks.rawValue, query)
    let box = Box(
      try transaction.get(tables.state, key).map { try QueryProducts($0) } ?? QueryProducts()
    )
    shown[query] = box
    return box
  }

  /// How the chances of a collection's queries are mixed.
  func mixture(_ collection: UInt32) throws -> Box<QueryMixture> {
    if let known = mixtures[collection] { return known }
    let stored = try transaction.get(tables.state, Key.of(StateKind.mixture.rawValue, collection))
    let box = Box(try stored.map { try QueryMixture($0) } ?? QueryMixture())
    mixtures[collection] = box
    return box
  }

  /// The neighbours of a thing.
  func neighbours(_ kind: StateKind, _ number: UInt32) throws -> Box<Neighbours> {
    let index = Self.index(kind, number)
    if let known = neighbours[index] { return known }
    let stored = try transaction.get(tables.state, Key.of(kind.rawValue, number))
    let box = Box(try stored.map { try Neighbours($0) } ?? Neighbours())
    neighbours[index] = box
    return box
  }

  func neighbour(
    _ kind: StateKind,
    _ number: UInt32,
    _ other: UInt32,
    _ weight: Float,
    _ time: UInt32
  ) throws {
    let box = try neighbours(kind, number)
    let limit =
      switch kind {
      case .visited: Self.mostVisited
      case .bought: Self.mostBought
      default: Self.mostNext
      }
    box.value.add(other, weight, at: time, atMost: limit, options.halfLives)
  }

  func ruleCount(_ rule: UInt32, _ subject: UInt32) throws -> Box<RuleCount> {
    let index = UInt64(rule) << 32 | UInt64(subject)
    if let known = counts[index] { return known }
    let stored = try transaction.get(tables.counts, Key.of(rule, subject))
    let box = Box(try stored.map { try RuleCount($0) } ?? RuleCount())
    counts[index] = box
    return box
  }

  /// Stores everything that was touched; keys ascend, so that neighbouring ones share pages.
  func store() throws {
    for (number, box) in products.sorted(by: { $0.key < $1.key }) {
      var writer = ByteWriter(capacity: 36)
      box.value.encode(&writer)
      try put(.product, number, writer.bytes)
    }
    for (number, box) in queries.sorted(by: { $0.key < $1.key }) {
      try put(.query, number, box.value.bytes)
    }
    for (index, box) in neighbours.sorted(by: { $0.key < $1.key }) {
      let key = Key.of(UInt8(truncatingIfNeeded: index >> 32), UInt32(truncatingIfNeeded: index))
      try put(key, box.value.bytes)
    }
    for (number, box) in shown.sorted(by: { $0.key < $1.key }) {
      try put(.clicks, number, box.value.bytes)
    }
    for (number, box) in mixtures.sorted(by: { $0.key < $1.key }) {
      try put(.mixture, number, box.value.bytes)
    }
    for (index, box) in counts.sorted(by: { $0.key < $1.key }) {
      let key = Key.of(index)
      if box.value.isEmpty {
        try transaction.delete(tables.counts, key)
      } else {
        try transaction.put(tables.counts, key, box.value.bytes)
      }
    }
  }

  private func put(_ kind: StateKind, _ number: UInt32, _ bytes: [UInt8]) throws {
    try put(Key.of(kind.rawValue, number), bytes)
  }

  private func put(_ key: [UInt8], _ bytes: [UInt8]) throws {
    if bytes.isEmpty {
      try transaction.delete(tables.state, key)
    } else {
      try transaction.put(tables.state, key, bytes)
    }
  }
}

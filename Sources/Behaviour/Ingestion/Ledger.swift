// SPDX-License-Identifier: Apache-2.0

import LMDBStore

/// The counts that one write transaction touches, each loaded once and stored once.
final class Ledger {
  /// A value that is changed in place.
  private final class Box<Value> {
    var value: Value
    init(_ value: Value) { self.value = value }
  }

  private static let mostVisited = 64
  private static let mostBought = 32
  private static let mostNext = 32

  private let transaction: WriteTransaction
  private let tables: Tables
  private let options: EventStore.Options
  private let propensities: Propensities
  private var products: [UInt32: Box<Counters>] = [:]
  private var queries: [UInt32: Box<QueryState>] = [:]
  private var neighbours: [UInt64: Box<Neighbours>] = [:]
  private var shown: [UInt32: Box<QueryProducts>] = [:]
  private var counts: [UInt64: Box<RuleCount>] = [:]

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

  /// Takes a shopper out of those who are known to have sent a query.
  func forget(_ shopper: UInt64, of query: UInt32) throws {
    try self.query(query).value.forget(shopper)
  }

  /// Counts an event, or with `sign` -1 takes back what it was counted as.
  func apply(_ record: LogRecord, sign: Float, _ rules: RuleBook) throws {
    guard record.flags.isDisjoint(with: [.excluded, .expired]) else { return }
    let time = record.seconds
    switch record.kind {
    case .search: try search(record, sign, time)
    case .impression:
      for (index, item) in record.items.enumerated() where record.position > 0 {
        try show(record.query, item.product, Int(record.position) + index, sign, time)
      }
    case .view, .click, .addToCart: try touch(record, sign, time)
    case .purchase: try purchase(record, sign, time)
    case .custom: break
    }
    for rule in record.rules { try count(record, rule, sign, rules) }
  }

  private func search(_ record: LogRecord, _ sign: Float, _ time: UInt32) throws {
    if record.flags.contains(.counted) {
      let query = try self.query(record.query)
      var added: SIMD8<Float> = .of(.searches, sign) + .of(.trend, sign)
      if record.flags.contains(.hasResults), record.items.isEmpty { added += .of(.noHits, sign) }
      query.value.counters.add(added, at: time, options.halfLives)
      if sign > 0 {
        query.value.met(record.shopper, atMost: options.leastShoppers)
      } else {
        query.value.forget(record.shopper)
      }
      if record.fromQuery != 0, record.fromQuery != record.query {
        try neighbour(.next, record.fromQuery, record.query, sign, time)
      }
    }
    if record.collapsed != 0 {
      try query(record.collapsed).value.counters.add(
        .of(.searches, -sign) + .of(.trend, -sign),
        at: time,
        options.halfLives
      )
      if record.fromQuery != 0, record.fromQuery != record.collapsed {
        try neighbour(.next, record.fromQuery, record.collapsed, -sign, time)
      }
    }
    let first = max(1, Int(record.position))
    for (index, item) in record.items.enumerated() {
      try show(record.query, item.product, first + index, sign, time)
    }
  }

  /// Counts a product as shown, by the chance that its position is looked at.
  private func show(
    _ query: UInt32,
    _ product: UInt32,
    _ position: Int,
    _ sign: Float,
    _ time: UInt32
  ) throws {
    let examined = sign * propensities[position]
    try self.product(product, .of(.examined, examined), time)
    if query != 0 {
      try shown(query).value.add(product, [examined, 0, 0, 0], at: time, options.halfLives)
    }
  }

  private func touch(_ record: LogRecord, _ sign: Float, _ time: UInt32) throws {
    guard record.flags.contains(.counted) else { return }
    let (count, weight, column): (Counters.Count, Float, Int) =
      switch record.kind {
      case .click: (.clicks, 1, 1)
      case .addToCart: (.carts, 3, 2)
      default: (.searches, 1, 0)
      }
    for item in record.items {
      try product(item.product, .of(count, sign) + .of(.trend, sign * weight), time)
      if item.query != 0, column > 0 {
        if record.flags.contains(.unseen), record.kind == .click {
          try show(item.query, item.product, max(1, Int(record.position)), sign, time)
        }
        var counts = SIMD4<Float>.zero
        counts[column] = sign
        try shown(item.query).value.add(item.product, counts, at: time, options.halfLives)
        try query(item.query).value.counters.add(.of(count, sign), at: time, options.halfLives)
      }
      for partner in record.partners where partner != item.product {
        try neighbour(.visited, item.product, partner, sign, time)
        try neighbour(.visited, partner, item.product, sign, time)
      }
    }
  }

  private func purchase(_ record: LogRecord, _ sign: Float, _ time: UInt32) throws {
    for (index, item) in record.items.enumerated() {
      let units = Float(item.quantity)
      try product(
        item.product,
        .of(.purchases, sign) + .of(.noHits, sign * units)
          + .of(.revenue, sign * units * item.price) + .of(.trend, sign * 5),
        time
      )
      if item.query != 0 {
        try shown(item.query).value.add(item.product, [0, 0, 0, sign], at: time, options.halfLives)
        try query(item.query).value.counters.add(
          .of(.purchases, sign),
          at: time,
          options.halfLives
        )
      }
      let others = record.partners + record.items[..<index].map(\.product)
      for other in others where other != item.product {
        try neighbour(.bought, item.product, other, sign, time)
        try neighbour(.bought, other, item.product, sign, time)
      }
    }
  }

  private func count(_ record: LogRecord, _ rule: UInt32, _ sign: Float, _ rules: RuleBook) throws {
    guard let rule = rules[rule] else { return }
    let time = record.seconds
    switch rule.definition.kind {
    case .popularQueries, .noHitQueries:
      if record.flags.contains(.counted) {
        try ruleCount(rule.number, record.query).value.add(Double(sign), at: time)
      }
      if record.collapsed != 0, rule.definition.kind == .popularQueries {
        try ruleCount(rule.number, record.collapsed).value.add(Double(-sign), at: time)
      }
    case .counter:
      for item in record.items {
        let weight = Double(sign) * rule.definition.weight
        try ruleCount(rule.number, item.product).value.add(weight, at: time)
      }
    case .log: break
    }
  }

  /// Adds to a product's counts and to those of the whole shop, which are product 0's.
  private func product(_ number: UInt32, _ added: SIMD8<Float>, _ time: UInt32) throws {
    try add(number, added, time)
    try add(0, added, time)
  }

  private func add(_ number: UInt32, _ added: SIMD8<Float>, _ time: UInt32) throws {
    let box: Box<Counters>
    if let known = products[number] {
      box = known
    } else {
      let key = Key.of(StateKind.product.rawValue, number)
      box = Box(
        try transaction.get(tables.state, key).map {
          var reader = ByteReader($0, "record of a product")
          return try Counters(&reader)
        } ?? Counters()
      )
      products[number] = box
    }
    box.value.add(added, at: time, options.halfLives)
  }

  private func query(_ number: UInt32) throws -> Box<QueryState> {
    if let known = queries[number] { return known }
    let key = Key.of(StateKind.query.rawValue, number)
    let box = Box(try transaction.get(tables.state, key).map { try QueryState($0) } ?? QueryState())
    queries[number] = box
    return box
  }

  private func shown(_ query: UInt32) throws -> Box<QueryProducts> {
    if let known = shown[query] { return known }
    let key = Key.of(StateKind.clicks.rawValue, query)
    let box = Box(
      try transaction.get(tables.state, key).map { try QueryProducts($0) } ?? QueryProducts()
    )
    shown[query] = box
    return box
  }

  private func neighbour(
    _ kind: StateKind,
    _ number: UInt32,
    _ other: UInt32,
    _ weight: Float,
    _ time: UInt32
  ) throws {
    let index = UInt64(kind.rawValue) << 32 | UInt64(number)
    let box: Box<Neighbours>
    if let known = neighbours[index] {
      box = known
    } else {
      let key = Key.of(kind.rawValue, number)
      box = Box(try transaction.get(tables.state, key).map { try Neighbours($0) } ?? Neighbours())
      neighbours[index] = box
    }
    let limit =
      switch kind {
      case .visited: Self.mostVisited
      case .bought: Self.mostBought
      default: Self.mostNext
      }
    box.value.add(other, weight, at: time, atMost: limit, options.halfLives)
  }

  private func ruleCount(_ rule: UInt32, _ subject: UInt32) throws -> Box<RuleCount> {
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
      var writer = ByteWriter()
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
    for (index, box) in counts.sorted(by: { $0.key < $1.key }) {
      let key = Key.of(index)
      if box.value.count == 0 {
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

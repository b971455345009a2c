// SPDX-License-Identifier: Apache-2.0

import Foundation
import LMDBStore

/// A view of all that follows from events, as of one commit; it never waits for writers.
///
/// It holds a read transaction: make one per request and let it go. One thread at a time.
public final class BehaviourSnapshot {
  let transaction: ReadTransaction
  let tables: Tables
  let keyed: SipHash
  let options: EventStore.Options
  /// As of when counts are told, in seconds since 1970.
  public let time: UInt32

  init(
    transaction: ReadTransaction,
    tables: Tables,
    keyed: SipHash,
    options: EventStore.Options
  ) {
    self.transaction = transaction
    self.tables = tables
    self.keyed = keyed
    self.options = options
    time = UInt32(clamping: options.clock() / 1000)
  }

  /// The counts of a product; none if it has had no event.
  public func counters(product: String, collection: String) throws -> Counters {
    let name = Name(kind: .product, scope: collection, text: product)
    guard let number = try name.number(transaction, tables) else { return Counters() }
    return try counters(product: number)
  }

  func counters(product number: UInt32) throws -> Counters {
    let key = Key.of(StateKind.product.rawValue, number)
    guard let bytes = try transaction.get(tables.state, key) else { return Counters() }
    var reader = ByteReader(bytes, "record of a product")
    return try Counters(&reader).at(time, options.halfLives)
  }

  func queryNumber(_ query: String, _ collection: String) throws -> UInt32? {
    if query.isEmpty { return nil }
    let name = Name(kind: .query, scope: collection, text: Event.normalize(query: query))
    return try name.number(transaction, tables)
  }

  /// The counts of a query; nil if it has not been sent.
  public func count(query: String, collection: String) throws -> QueryCount? {
    let text = Event.normalize(query: query)
    let name = Name(kind: .query, scope: collection, text: text)
    guard let number = try name.number(transaction, tables),
      let bytes = try transaction.get(tables.state, Key.of(StateKind.query.rawValue, number))
    else { return nil }
    let state = try QueryState(bytes)
    return QueryCount(
      collection: collection,
      query: text,
      counters: state.counters.at(time, options.halfLives),
      isShared: state.shoppers.count >= options.leastShoppers
    )
  }

  /// All queries that enough distinct shoppers have sent, in no order.
  ///
  /// - Complexity: O(*q*) in all queries ever sent.
  public func forEachSharedQuery(_ body: (QueryCount) throws -> Void) throws {
    try transaction.walk(tables.state, from: [StateKind.query.rawValue]) { key, value in
      guard key.first == StateKind.query.rawValue else { return false }
      let state = try QueryState(value)
      guard state.shoppers.count >= options.leastShoppers,
        let name = try Name(.query, Key.number32(key, at: 1), transaction, tables), !name.isForm
      else { return true }
      try body(
        QueryCount(
          collection: name.scope,
          query: name.text,
          counters: state.counters.at(time, options.halfLives),
          isShared: true
        )
      )
      return true
    }
  }

  /// All products of a collection that have had an event, in no order.
  ///
  /// - Complexity: O(*p*) in all products ever met.
  public func forEachProduct(
    of collection: String,
    _ body: (String, Counters) throws -> Void
  ) throws {
    try transaction.walk(tables.state, from: [StateKind.product.rawValue]) { key, value in
      guard key.first == StateKind.product.rawValue else { return false }
      let number = Key.number32(key, at: 1)
      guard number != 0, let name = try Name(.product, number, transaction, tables),
        name.scope == collection
      else { return true }
      var reader = ByteReader(value, "record of a product")
      try body(name.text, try Counters(&reader).at(time, options.halfLives))
      return true
    }
  }

  /// The queries that follow a query in sessions, the likeliest first; only those that enough
  /// distinct shoppers have sent.
  ///
  /// A first-order Markov chain: the probability is the weight of the transition over that of all
  /// transitions that are kept.
  public func transitions(from query: String, collection: String, limit: Int) throws -> [Transition]
  {
    guard let number = try queryNumber(query, collection) else { return [] }
    let found = try neighbours(.next, number)
    let total = found.reduce(0) { $0 + $1.weight }
    var transitions: [Transition] = []
    for (number, weight) in found where transitions.count < limit {
      guard try isShared(query: number),
        let name = try Name(.query, number, transaction, tables)
      else { continue }
      transitions.append(Transition(query: name.text, probability: weight / total))
    }
    return transitions
  }

  /// Whether enough distinct shoppers have sent a query for others to see it.
  func isShared(query number: UInt32) throws -> Bool {
    let stored = try transaction.get(tables.state, Key.of(StateKind.query.rawValue, number))
    return try stored.map { try QueryState($0).shoppers.count } ?? 0 >= options.leastShoppers
  }

  /// The products that go together with a product, the most closely first.
  public func related(
    to product: String,
    collection: String,
    by relation: Relation,
    limit: Int
  ) throws -> [RelatedProduct] {
    let name = Name(kind: .product, scope: collection, text: product)
    guard let number = try name.number(transaction, tables) else { return [] }
    let own = try counters(product: number).reach(relation)
    let kind: StateKind = relation == .visited ? .visited : .bought
    var related: [RelatedProduct] = []
    for (other, weight) in try neighbours(kind, number) {
      guard let name = try Name(.product, other, transaction, tables) else { continue }
      // Cosine, less what chance would give few sightings.
      let norm = (own * (try counters(product: other).reach(relation))).squareRoot()
      let similarity = norm > 0 ? min(1, weight / norm) : 0
      related.append(
        RelatedProduct(
          product: name.text,
          weight: weight,
          score: similarity * weight / (weight + options.shrinkage)
        )
      )
    }
    related.sort { ($0.score, $1.product) > ($1.score, $0.product) }
    return Array(related.prefix(limit))
  }

  /// Neighbours and their weights by now, the heaviest first.
  func neighbours(
    _ kind: StateKind,
    _ number: UInt32
  ) throws -> [(number: UInt32, weight: Float)] {
    let key = Key.of(kind.rawValue, number)
    guard let bytes = try transaction.get(tables.state, key) else { return [] }
    return try Neighbours(bytes).weights(at: time, options.halfLives).sorted {
      ($0.weight, $1.number) > ($1.weight, $0.number)
    }
  }
}

/// How two products go together.
public enum Relation: Sendable {
  /// Both were viewed or clicked in one session.
  case visited
  /// Both were bought by one shopper within a day.
  case bought
}

/// A product that goes together with another.
public struct RelatedProduct: Equatable, Sendable {
  /// The document's id.
  public var product: String
  /// How often both were met, each time halving with its age.
  public var weight: Float
  /// 0...1: cosine of the two products' events, shrunk where there are few.
  public var score: Float
}

/// A query that follows another.
public struct Transition: Equatable, Sendable {
  /// The normalised query.
  public var query: String
  /// 0...1.
  public var probability: Float
}

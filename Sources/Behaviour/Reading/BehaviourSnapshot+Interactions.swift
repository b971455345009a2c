// SPDX-License-Identifier: Apache-2.0

import LMDBStore

/// A product that a shopper took up for the first time in a while.
public struct Interaction: Equatable, Sendable {
  /// The product's collection.
  public var collection: String
  /// The product.
  public var product: String
  /// Products of the collection that the shopper had taken up before, by the latest event of each,
  /// oldest first.
  public var past: [String]
}

extension BehaviourSnapshot {
  /// Events of a shopper that are looked back at.
  private static let longestPast = 100
  private static let kinds: Set<Event.Kind> = [.view, .click, .addToCart, .purchase]

  /// The sequence number of the last event.
  public func lastSequence() throws -> UInt64 { try EventCore.sequence(transaction, tables) }

  /// Calls `body` with what shoppers took up after an event.
  ///
  /// These are views, clicks, carts and purchases of products that are not among the shopper's hundred
  /// events before; bots are left out. `sequence` is the number of the last event that is known already,
  /// and at most `limit` events of the log are looked at, each in O(100); the number of the last one is
  /// returned, to go on from.
  public func forEachInteraction(
    after sequence: UInt64,
    limit: Int,
    _ body: (Interaction) throws -> Void
  ) throws -> UInt64 {
    var (last, left) = (sequence, limit)
    var names: [UInt32: Name?] = [:]
    func name(_ number: UInt32) throws -> Name? {
      if let known = names[number] { return known }
      let found = try Name(.product, number, transaction, tables)
      names[number] = found
      return found
    }
    try transaction.walk(tables.log, from: Key.of(sequence + 1)) { key, value in
      guard left > 0 else { return false }
      left -= 1
      last = Key.number64(key)
      let record = try LogRecord(value)
      guard Self.takesUp(record) else { return true }
      var past = try past(of: record)
      for item in record.items where !past.contains(item.product) {
        guard let found = try name(item.product) else { continue }
        let before = try past.compactMap { try name($0) }.filter { $0.scope == found.scope }
        try body(
          Interaction(collection: found.scope, product: found.text, past: before.map(\.text))
        )
        past.append(item.product)
      }
      return true
    }
    return last
  }

  private static func takesUp(_ record: LogRecord) -> Bool {
    record.flags.isDisjoint(with: [.excluded, .expired]) && kinds.contains(record.kind)
  }

  /// The distinct products of a shopper's events before one, oldest first.
  private func past(of record: LogRecord) throws -> [UInt32] {
    var products: [UInt32] = []
    var (sequence, left) = (record.previous, Self.longestPast)
    while sequence != 0, left > 0, let bytes = try transaction.get(tables.log, Key.of(sequence)) {
      let before = try LogRecord(bytes)
      if Self.takesUp(before) {
        for item in before.items.reversed() where !products.contains(item.product) {
          products.append(item.product)
        }
      }
      sequence = before.previous
      left -= 1
    }
    return products.reversed()
  }
}

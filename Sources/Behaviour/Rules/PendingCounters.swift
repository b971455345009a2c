// SPDX-License-Identifier: Apache-2.0
//
// What a counter rule has counted is told to the field of its product, in another store, exactly once:
//   1. `pending` says by how much products' fields are behind; the caller works out the new values.
//   2. `prepare` notes in one transaction the values and that the counts are applied.
//   3. The caller writes the values, then `finish` drops the note.
// A crash between 2 and 3 leaves the note, and the same values are written again.

import LMDBStore

/// The counts of counter rules that their products may not have been told yet.
struct PendingCounters {
  /// Keys of counts; kept once the stored counts have been looked through.
  private(set) var keys: Set<UInt64> = []
  private(set) var isComplete = false
  /// Grows with every change of any rule's counts.
  private(set) var revision = 0

  /// Notes counts that have changed.
  mutating func note(_ changed: [UInt64], _ rules: RuleBook) {
    revision += 1
    guard isComplete else { return }
    for key in changed where rules[UInt32(truncatingIfNeeded: key >> 32)]?.isCounter ?? false {
      keys.insert(key)
    }
  }

  mutating func settle(_ settled: some Sequence<UInt64>) { keys.subtract(settled) }

  /// Finds the stored counts that are behind, once.
  mutating func complete(_ transaction: ReadTransaction, _ tables: Tables, _ rules: RuleBook) throws
  {
    guard !isComplete else { return }
    for entry in rules.entries where entry.isCounter {
      for (key, value) in try transaction.entries(tables.counts, prefix: Key.of(entry.number)) {
        let count = try RuleCount(value)
        if count.count != count.applied { keys.insert(key.withUnsafeBytes { Key.number64($0) }) }
      }
    }
    isComplete = true
  }
}

extension RuleBook.Entry {
  var isCounter: Bool { definition.kind == .counter }
}

/// By how much a product's field is behind what a rule has counted.
public struct CounterIncrement: Sendable {
  /// The rule's name.
  public var rule: String
  /// The collection of the product.
  public var collection: String
  /// The field.
  public var field: String
  /// The document's id.
  public var product: String
  /// What is to be added.
  public var amount: Double
  let key: UInt64

  /// What has been settled of it.
  ///
  /// `amount`: How much of it; `value`: What the field is to be, nil to leave it as it is.
  public func settled(_ amount: Double, value: Double?) -> SettledCounter {
    SettledCounter(
      key: key,
      amount: amount,
      target: value.map {
        CounterTarget(collection: collection, field: field, product: product, value: $0)
      }
    )
  }
}

/// A part of an increment that is dealt with.
public struct SettledCounter: Sendable {
  let key: UInt64
  let amount: Double
  /// What the product's field is to be; nil to leave it as it is.
  public let target: CounterTarget?
}

/// What a product's field is to be.
public struct CounterTarget: Equatable, Sendable {
  /// The collection of the product.
  public var collection: String
  /// The field.
  public var field: String
  /// The document's id.
  public var product: String
  /// The value.
  public var value: Double
}

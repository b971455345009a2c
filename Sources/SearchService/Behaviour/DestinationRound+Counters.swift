// SPDX-License-Identifier: Apache-2.0

import Behaviour
import JSON
import SearchIndex

extension DestinationRound {
  /// Adds what counters have counted to their products' fields.
  mutating func tellCounters() {
    do {
      // What a crash left half done comes first.
      try write(try engine.events.preparedCounters())
      var key: UInt64? = 0
      while let from = key {
        let (increments, next) = try engine.events.pendingCounters(
          from: from,
          limit: RuleDestinations.batch
        )
        try add(increments)
        key = next
      }
    } catch {
      note("", error)
    }
  }

  private mutating func add(_ increments: [CounterIncrement]) throws {
    var settled: [SettledCounter] = []
    // Several rules may add to one field of one product.
    var values: [CounterPlace: Double] = [:]
    for increment in increments {
      do {
        settled += try settle(increment, &values).map { [$0] } ?? []
      } catch {
        note(increment.rule, error)
      }
    }
    try engine.events.prepare(settled)
    try write(settled.compactMap(\.target))
  }

  /// What becomes of an increment; nil if it waits for a whole number.
  private func settle(
    _ increment: CounterIncrement,
    _ values: inout [CounterPlace: Double]
  ) throws -> SettledCounter? {
    let collection = try engine.collection(named: increment.collection)
    let snapshot = collection.snapshot
    guard let field = snapshot.schema.field(named: increment.field), field.type.isNumeric,
      !field.type.isArray
    else {
      throw IndexError(
        .invalid,
        "`\(collection.name)` has no number field `\(increment.field)` to count in."
      )
    }
    guard let bytes = try snapshot.document(increment.product) else {
      return increment.settled(increment.amount, value: nil)
    }
    let amount = field.type.isInteger ? increment.amount.rounded(.towardZero) : increment.amount
    guard amount != 0 else { return nil }
    let place = CounterPlace(
      collection: collection.name,
      field: field.name,
      product: increment.product
    )
    let old = try values[place] ?? JSON(parsing: bytes)[field.name]?.double ?? 0
    let most = field.type == .int32 ? Double(Int32.max) : 0x1p53
    let value = min(max(old + amount, -most), most)
    values[place] = value
    return increment.settled(amount, value: value)
  }

  private mutating func write(_ targets: [CounterTarget]) throws {
    guard !targets.isEmpty else { return }
    for (name, targets) in Dictionary(grouping: targets, by: \.collection) {
      let operations = targets.map { target in
        let value: JSON =
          Int64(exactly: target.value).map { .int($0) } ?? .double(target.value)
        return DocumentOperation(
          .update,
          .object([
            JSON.Member("id", .string(target.product)), JSON.Member(target.field, value),
          ])
        )
      }
      do {
        state.counts.counters += try write(operations, to: name, for: "")
      } catch let error as IndexError where error.code == .notFound {
        // The collection is gone, and its counters with it.
      }
    }
    try engine.events.finishCounters()
  }
}

/// A field of a product.
private struct CounterPlace: Hashable {
  var collection: String
  var field: String
  var product: String
}

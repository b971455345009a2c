// SPDX-License-Identifier: Apache-2.0

import LMDBStore

extension EventStore {
  /// Grows with every change of what rules have counted.
  public func countsRevision() throws -> Int { try writer.perform { $0.counters.revision } }

  /// Products' fields that are behind what counter rules have counted.
  ///
  /// - Parameters:
  ///   - key: Where to go on, as returned before; 0 for the start.
  ///   - limit: The most to return.
  /// - Returns: Increments, and where to go on; nil if these are the last.
  /// - Throws: ``BehaviourError`` if what is stored is damaged; `StoreError`.
  public func pendingCounters(
    from key: UInt64,
    limit: Int
  ) throws -> (increments: [CounterIncrement], next: UInt64?) {
    try writer.perform { core in
      let transaction = try core.environment.read()
      try core.counters.complete(transaction, core.tables, core.rules)
      var keys = core.counters.keys.filter { $0 >= key }.sorted()
      let next = keys.count > limit ? keys[limit] : nil
      keys = Array(keys.prefix(limit))
      var settled: [UInt64] = []
      let increments = try keys.compactMap { key -> CounterIncrement? in
        let increment = try core.increment(key, transaction)
        if increment == nil { settled.append(key) }
        return increment
      }
      core.counters.settle(settled)
      return (increments, next)
    }
  }

  /// Notes what is dealt with, and the values that are to be written.
  public func prepare(_ settled: [SettledCounter]) throws {
    guard !settled.isEmpty else { return }
    try writer.perform { core in
      try core.environment.write { transaction in
        var writer = ByteWriter(capacity: 64 * settled.count)
        for entry in settled {
          let key = Key.of(entry.key)
          guard let bytes = try transaction.get(core.tables.counts, key) else { continue }
          var count = try RuleCount(bytes)
          count.applied += entry.amount
          try transaction.put(core.tables.counts, key, count.bytes)
          entry.target?.encode(&writer)
        }
        try transaction.put(core.tables.meta, CounterTarget.key, writer.bytes)
      }
    }
  }

  /// The values that were prepared and not finished, as after a crash.
  public func preparedCounters() throws -> [CounterTarget] {
    let transaction = try core.environment.read()
    guard let bytes = try transaction.get(core.tables.meta, CounterTarget.key) else { return [] }
    var reader = ByteReader(bytes, "values of counters")
    var targets: [CounterTarget] = []
    while !reader.isAtEnd { targets.append(try CounterTarget(&reader)) }
    return targets
  }

  /// Notes that the values prepared last have been written.
  public func finishCounters() throws {
    try writer.perform { core in
      try core.environment.write { try $0.delete(core.tables.meta, CounterTarget.key) }
    }
  }
}

extension EventCore {
  /// What the product of a count is behind by; nil if by nothing.
  fileprivate func increment(
    _ key: UInt64,
    _ transaction: ReadTransaction
  ) throws -> CounterIncrement? {
    let (rule, product) = (UInt32(truncatingIfNeeded: key >> 32), UInt32(truncatingIfNeeded: key))
    guard let definition = rules[rule]?.definition, let field = definition.counterField,
      let bytes = try transaction.get(tables.counts, Key.of(key)),
      let name = try Name(.product, product, transaction, tables)
    else { return nil }
    let count = try RuleCount(bytes)
    let amount = count.count - count.applied
    guard abs(amount) > 1e-9 else { return nil }
    return CounterIncrement(
      rule: definition.name,
      collection: definition.destination ?? definition.collection,
      field: field,
      product: name.text,
      amount: amount,
      key: key
    )
  }
}

extension CounterTarget {
  fileprivate static let key = Array("counters".utf8)

  fileprivate func encode(_ writer: inout ByteWriter) {
    for text in [collection, field, product] { writer.string(text) }
    writer.fixed(value.bitPattern)
  }

  fileprivate init(_ reader: inout ByteReader) throws {
    collection = try reader.string()
    field = try reader.string()
    product = try reader.string()
    value = Double(bitPattern: try reader.fixed(UInt64.self))
  }
}

// SPDX-License-Identifier: Apache-2.0

import JSON
import LMDBStore

/// The analytics rules in force.
struct RuleBook: Sendable {
  /// A rule with the number that its counts are kept under.
  struct Entry: Sendable {
    var number: UInt32
    var definition: AnalyticsRule
  }

  private(set) var entries: [Entry] = []
  private var byName: [String: Int] = [:]
  private var byNumber: [UInt32: Int] = [:]

  init() {}

  /// Reads the rules that are stored.
  init(_ transaction: ReadTransaction, _ tables: Tables) throws {
    for (key, value) in try transaction.entries(tables.rules, prefix: []) {
      let name = Name(kind: .rule, scope: "", text: String(decoding: key, as: UTF8.self))
      guard let number = try name.number(transaction, tables) else { continue }
      let rule = try AnalyticsRule(JSON(parsing: Array(value)))
      set(Entry(number: number, definition: rule))
    }
  }

  mutating func set(_ entry: Entry) {
    if let index = byName[entry.definition.name] {
      entries[index] = entry
    } else {
      byName[entry.definition.name] = entries.count
      byNumber[entry.number] = entries.count
      entries.append(entry)
    }
  }

  mutating func remove(_ name: String) {
    let left = entries.filter { $0.definition.name != name }
    self = RuleBook()
    for entry in left { set(entry) }
  }

  subscript(number: UInt32) -> Entry? { byNumber[number].map { entries[$0] } }
  subscript(name: String) -> Entry? { byName[name].map { entries[$0] } }

  /// The numbers of the rules that count an event.
  func matching(_ event: Event) -> [UInt32] {
    if entries.isEmpty { return [] }
    return entries.filter { $0.definition.matches(event) }.map(\.number)
  }
}

/// A count that a rule keeps of one query or product.
struct RuleCount {
  private(set) var count = 0.0
  /// When it last changed, in seconds since 1970.
  private(set) var time: UInt32 = 0
  /// How much of a counter's count its product has been told.
  var applied = 0.0

  init() {}

  /// Whether nothing is left to keep.
  var isEmpty: Bool { count == 0 && applied == 0 }

  mutating func add(_ amount: Double, at time: UInt32) {
    count += amount
    if abs(count) < 1e-9 { count = 0 }
    self.time = max(self.time, time)
  }

  var bytes: [UInt8] {
    var writer = ByteWriter()
    writer.fixed(count.bitPattern)
    writer.fixed(time)
    if applied != 0 { writer.fixed(applied.bitPattern) }
    return writer.bytes
  }

  init(_ bytes: UnsafeRawBufferPointer) throws {
    var reader = ByteReader(bytes, "count of a rule")
    count = Double(bitPattern: try reader.fixed(UInt64.self))
    time = try reader.fixed(UInt32.self)
    if !reader.isAtEnd { applied = Double(bitPattern: try reader.fixed(UInt64.self)) }
  }
}

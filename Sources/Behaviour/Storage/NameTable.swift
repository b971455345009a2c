// SPDX-License-Identifier: Apache-2.0

import LMDBStore

/// The kinds of things that have numbers.
enum NameKind: UInt8, CaseIterable {
  case product = 1
  case query, category, brand, collection, rule
}

/// A thing by name; its scope is its collection.
struct Name: Hashable {
  let kind: NameKind
  let scope: String
  let text: String

  /// The bytes that find its number; a zero byte ends the scope.
  var key: [UInt8] {
    var key = [kind.rawValue]
    key.append(contentsOf: scope.utf8)
    key.append(0)
    key.append(contentsOf: text.utf8)
    return key
  }

  /// The number, or nil if it has none.
  func number(_ transaction: some Reading, _ tables: Tables) throws -> UInt32? {
    try transaction.get(tables.names, key).map {
      var reader = ByteReader($0, "number of a name")
      return try reader.fixed(UInt32.self)
    }
  }

  /// The name of a number, or nil.
  init?(
    _ kind: NameKind,
    _ number: UInt32,
    _ transaction: some Reading,
    _ tables: Tables
  ) throws {
    guard let bytes = try transaction.get(tables.numbers, Key.of(kind.rawValue, number)) else {
      return nil
    }
    let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { throw BehaviourError.corrupt("name") }
    // An erased name has no text, and is none.
    if parts[1].isEmpty { return nil }
    self.init(
      kind: kind,
      scope: String(decoding: parts[0], as: UTF8.self),
      text: String(decoding: parts[1], as: UTF8.self)
    )
  }

  init(kind: NameKind, scope: String, text: String) {
    self.kind = kind
    self.scope = scope
    self.text = text
  }

  // Unicode's canonical equivalence would make one of two spellings that the table tells apart; of
  // equal length, such are rare enough to be one.
  static func == (left: Name, right: Name) -> Bool {
    left.kind == right.kind && left.text.utf8.count == right.text.utf8.count
      && left.text == right.text && left.scope == right.scope
  }

  // Scopes are few: hashing them would tell little more.
  func hash(into hasher: inout Hasher) {
    hasher.combine(kind)
    hasher.combine(text)
  }
}

/// Gives numbers, from 1 on, to names.
///
/// The writer's: one thread at a time.
struct NameTable {
  /// Names kept in memory before they are all let go.
  private static let mostCached = 1 << 18

  private let tables: Tables
  private var cache: [Name: UInt32] = [:]
  private var next: [UInt32]

  init(_ tables: Tables, _ transaction: ReadTransaction) throws {
    self.tables = tables
    next = []
    for kind in NameKind.allCases {
      // The last number of a kind is found by halving, since every number below it is there.
      var (low, high) = (UInt64(0), UInt64(UInt32.max))
      while low < high {
        let middle = (low + high + 1) / 2
        let isThere =
          try transaction.get(tables.numbers, Key.of(kind.rawValue, UInt32(middle))) != nil
        if isThere { low = middle } else { high = middle - 1 }
      }
      next.append(UInt32(low) + 1)
    }
  }

  /// The number of a name, which gets one if it has none.
  mutating func number(_ name: Name, _ transaction: WriteTransaction) throws -> UInt32 {
    if let known = cache[name] { return known }
    if cache.count >= Self.mostCached { cache.removeAll(keepingCapacity: true) }
    let key = name.key
    if let stored = try name.number(transaction, tables) {
      cache[name] = stored
      return stored
    }
    let index = Int(name.kind.rawValue) - 1
    let number = next[index]
    var writer = ByteWriter()
    writer.fixed(number)
    try transaction.put(tables.names, key, writer.bytes)
    try transaction.put(tables.numbers, Key.of(name.kind.rawValue, number), Array(key.dropFirst()))
    next[index] = number + 1
    cache[name] = number
    return number
  }

  /// Removes the text of a product, query, category or brand; its number is not given again.
  mutating func erase(
    _ kind: NameKind,
    _ number: UInt32,
    _ transaction: WriteTransaction
  ) throws {
    guard let name = try Name(kind, number, transaction, tables) else { return }
    try transaction.delete(tables.names, name.key)
    let key = Key.of(kind.rawValue, number)
    try transaction.put(tables.numbers, key, Array(name.scope.utf8) + [0])
    cache[name] = nil
  }
}

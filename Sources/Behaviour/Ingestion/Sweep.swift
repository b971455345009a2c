// SPDX-License-Identifier: Apache-2.0
//
// Retention: a walk over everything that is kept by shopper or by event, a bounded step at a time,
// once an hour. An expired event that stands behind newer ones in the log leaves the link to its
// shopper's event before, so that forgetting still finds those.

import LMDBStore

/// How far the walk of retention has come.
struct Sweep {
  /// The parts of a walk, in order.
  enum Part: Int {
    case log, ids, searches, shoppers, counts, state, done
  }

  var part = Part.done
  /// The key to go on from.
  var key: [UInt8] = []
  /// Whether no event is left of the log's part met so far.
  var isPrefix = true
  /// When the last walk began, in milliseconds since 1970.
  var began: Int64 = 0

  static let interval: Int64 = 3_600_000
  /// Records looked at in one transaction.
  static let stepSize = 256
}

extension EventCore {
  /// Takes one step of the walk, beginning one if it is due; returns whether there is more to do.
  func sweepStep() throws -> Bool {
    let now = options.clock()
    if sweep.part == .done {
      guard now - sweep.began >= Sweep.interval else { return false }
      sweep = Sweep(part: .log, began: now)
    }
    let cutoff = now - options.retention
    switch sweep.part {
    case .log: try sweepLog(cutoff)
    case .ids: try sweepDays(tables.ids, cutoff)
    case .searches: try sweepDays(tables.searches, cutoff)
    case .shoppers: try sweepShoppers(cutoff)
    case .counts: try sweepCounts(cutoff)
    case .state: try sweepState(cutoff)
    case .done: return false
    }
    return true
  }

  /// Looks at a table from where the walk is and goes on to the next part at its end.
  private func visit(
    _ transaction: WriteTransaction,
    _ table: Table,
    _ body: ([UInt8], UnsafeRawBufferPointer) throws -> Bool
  ) throws {
    var looked = 0
    var next: [UInt8] = []
    try transaction.walk(table, from: sweep.key) { key, value in
      if looked == Sweep.stepSize {
        next = Array(key)
        return false
      }
      looked += 1
      return try body(Array(key), value)
    }
    sweep.key = next
    if next.isEmpty { sweep.part = Sweep.Part(rawValue: sweep.part.rawValue + 1) ?? .done }
  }

  private func sweepLog(_ cutoff: Int64) throws {
    try write { ingestion in
      var expired: [(key: [UInt8], record: LogRecord)] = []
      var removed: [[UInt8]] = []
      try visit(ingestion.transaction, tables.log) { key, value in
        let record = try LogRecord(value)
        let isExpired = record.flags.contains(.expired) || record.time < cutoff
        sweep.isPrefix = sweep.isPrefix && isExpired
        if isExpired, !record.flags.contains(.expired) { expired.append((key, record)) }
        if sweep.isPrefix { removed.append(key) }
        return true
      }
      for (key, record) in expired {
        if record.kind == .search {
          for query in Set([record.query] + record.subjects) {
            try ingestion.ledger.forget(record.shopper, of: query)
          }
        }
        var link = LogRecord()
        link.flags = .expired
        link.previous = record.previous
        try ingestion.transaction.put(tables.log, key, link.bytes)
      }
      for key in removed { try ingestion.transaction.delete(tables.log, key) }
      try ingestion.finish()
    }
  }

  private func sweepDays(_ table: Table, _ cutoff: Int64) throws {
    let day = UInt32(clamping: cutoff / 86_400_000)
    try remove(table) { key, _ in Key.number32(key) < day ? .remove : .stop }
  }

  private func sweepShoppers(_ cutoff: Int64) throws {
    var sessions: [UInt64] = []
    try remove(tables.shoppers) { _, value in
      let state = try ShopperState(value)
      guard !state.isOptedOut, state.last < cutoff else { return .keep }
      sessions += state.sessions.map(\.id).filter { $0 != 0 }
      return .remove
    }
    guard !sessions.isEmpty else { return }
    try environment.write { transaction in
      for session in sessions { try transaction.delete(tables.sessions, Key.of(session)) }
    }
  }

  private func sweepCounts(_ cutoff: Int64) throws {
    let seconds = UInt32(clamping: cutoff / 1000)
    try remove(tables.counts) { key, value in
      let isOrphan = rules[Key.number32(key)] == nil
      return try isOrphan || RuleCount(value).time < seconds ? .remove : .keep
    }
  }

  /// Forgets products and queries without an event for longer than events are kept, by their numbers
  /// and by their texts.
  ///
  /// What still names them, such as another product's neighbours, finds no text and passes them over.
  private func sweepState(_ cutoff: Int64) throws {
    // An event may count for nothing because of one of the same session, which lasts half a day.
    let seconds = UInt32(clamping: cutoff / 1000 - 86_400)
    try write { ingestion in
      var products: [UInt32] = []
      var queries: [UInt32] = []
      try visit(ingestion.transaction, tables.state) { key, value in
        let (kind, number) = key.withUnsafeBytes { ($0.first, Key.number32($0, at: 1)) }
        if kind == StateKind.product.rawValue, number != 0 {
          var reader = ByteReader(value, "record of a product")
          if try Counters(&reader).time < seconds { products.append(number) }
        } else if kind == StateKind.query.rawValue {
          if try QueryState(value).counters.time < seconds { queries.append(number) }
        }
        // The kinds that follow have no time of their own, and go with these.
        return kind ?? .max <= StateKind.query.rawValue
      }
      for number in products {
        try names.erase(.product, number, ingestion.transaction)
        for kind in [StateKind.product, .visited, .bought] {
          try ingestion.transaction.delete(tables.state, Key.of(kind.rawValue, number))
        }
      }
      for number in queries {
        try names.erase(.query, number, ingestion.transaction)
        for kind in [StateKind.query, .clicks, .next] {
          try ingestion.transaction.delete(tables.state, Key.of(kind.rawValue, number))
        }
      }
    }
  }

  private enum Verdict { case keep, remove, stop }

  private func remove(
    _ table: Table,
    _ verdict: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> Verdict
  ) throws {
    try environment.write { transaction in
      var removed: [[UInt8]] = []
      try visit(transaction, table) { key, value in
        switch try key.withUnsafeBytes({ try verdict($0, value) }) {
        case .keep: return true
        case .remove:
          removed.append(key)
          return true
        case .stop: return false
        }
      }
      for key in removed { try transaction.delete(table, key) }
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import LMDBStore

/// Takes events in, inside one write transaction: all of their effects are stored, or none.
final class Ingestion {
  /// A profile that is changed in place.
  final class Profile {
    var state: ShopperState
    init(_ state: ShopperState) { self.state = state }
  }

  /// Events of a bot that are taken back, so that no transaction grows without bound.
  private static let mostExcluded = 20_000

  let core: EventCore
  let transaction: WriteTransaction
  let ledger: Ledger
  let now: Int64
  private let firstSequence: UInt64
  private var profiles: [UInt64: Profile] = [:]
  var tables: Tables { core.tables }

  init(_ core: EventCore, _ transaction: WriteTransaction, now: Int64) {
    self.core = core
    self.transaction = transaction
    self.now = now
    firstSequence = core.sequence
    ledger = Ledger(transaction, core.tables, core.options, core.propensities)
  }

  /// Takes one event in.
  func add(_ event: Event) throws -> Outcome {
    if event.time < now - core.options.retention {
      return .refused(EventProblem(.tooOld, "The event is older than events are kept."))
    }
    guard event.time > now || (event.collection.isEmpty && !event.name.isEmpty) else {
      return try take(event, sent: event.time)
    }
    guard event.time <= now + 86_400_000 else {
      return .refused(
        EventProblem(.inFuture, "The event's time is over a day ahead: set the sender's clock.")
      )
    }
    var changed = event
    // Clocks that are a little ahead would otherwise age the counts of everybody else.
    changed.time = min(event.time, now)
    if event.collection.isEmpty, let rule = core.rules[event.name] {
      changed.collection = rule.definition.collection
    }
    return try take(changed, sent: event.time)
  }

  /// Takes an event in; `sent` is its time as sent, which its identity goes by.
  private func take(_ event: Event, sent: Int64) throws -> Outcome {
    let shopper = core.hash(shopper: event.shopper)
    let profile = try self.profile(shopper)
    if profile.state.isOptedOut {
      return .refused(EventProblem(.optedOut, "The shopper has opted out of being tracked."))
    }
    guard try isNew(event, sent: sent) else { return .duplicate }
    var record = LogRecord()
    record.kind = event.kind
    record.shopper = shopper
    record.session = event.session.isEmpty ? 0 : core.hash(session: event.session)
    record.time = event.time
    record.id = event.id
    record.queryID = event.queryID
    record.name = event.name
    record.position = UInt32(clamping: event.position)
    if event.hasOwnTime { record.flags.insert(.ownTime) }
    try number(event, &record)
    try join(event, &record)
    if profile.state.habits.note(event, last: profile.state.last, core.options.bots) {
      try exclude(profile.state.head)
    }
    if profile.state.habits.isBot {
      record.flags.insert(.excluded)
    } else {
      try plan(event, &record, profile)
    }
    try applyRules(to: event, &record, profile)
    core.sequence += 1
    record.previous = profile.state.head
    profile.state.head = core.sequence
    profile.state.last = max(profile.state.last, event.time)
    try transaction.append(tables.log, Key.of(core.sequence), record.bytes)
    try ledger.apply(record, sign: 1, core.rules)
    return .accepted(core.sequence)
  }

  private func day(_ time: Int64) -> UInt32 { UInt32(clamping: time / 86_400_000) }

  /// Whether the event has not been met before; notes it.
  private func isNew(_ event: Event, sent: Int64) throws -> Bool {
    let today = day(sent)
    if event.kind == .search, !event.queryID.isEmpty {
      let hash = core.hash(query: event.queryID)
      let yesterday = event.hasOwnTime ? today : today &- 1
      if try search(hash, days: [today, yesterday]) != nil { return false }
    }
    // Without an id, the same event at the same time is the same; with neither id nor time, every
    // one is new.
    guard !event.id.isEmpty || event.hasOwnTime else { return true }
    let hash = event.id.isEmpty ? core.hash(content: event, sent: sent) : core.hash(event: event.id)
    if !event.hasOwnTime, try transaction.get(tables.ids, Key.of(day: today &- 1, hash)) != nil {
      return false
    }
    return try transaction.insert(tables.ids, Key.of(day: today, hash), [])
  }

  /// What is known of a search: its query's number and whether its results are known.
  private func search(
    _ hash: UInt64,
    days: [UInt32]
  ) throws -> (query: UInt32, hasResults: Bool)? {
    for (index, day) in days.enumerated() where index == 0 || day != days[0] {
      if let bytes = try transaction.get(tables.searches, Key.of(day: day, hash)) {
        var reader = ByteReader(bytes, "record of a search")
        return (try reader.number(), try reader.fixed(UInt8.self) != 0)
      }
    }
    return nil
  }

  private func number(_ event: Event, _ record: inout LogRecord) throws {
    func number(_ kind: NameKind, _ text: String, scope: String = "") throws -> UInt32 {
      if text.isEmpty { return 0 }
      return try core.names.number(Name(kind: kind, scope: scope, text: text), transaction)
    }
    record.collection = try number(.collection, event.collection)
    record.query = try number(.query, event.query, scope: event.collection)
    record.category = try number(.category, event.category)
    record.brand = try number(.brand, event.brand)
    for item in event.items.prefix(Event.mostItems) {
      record.items.append(
        LogRecord.Item(
          product: try number(.product, item.product, scope: event.collection),
          price: item.price,
          quantity: item.quantity,
          query: 0
        )
      )
    }
  }

  /// Joins the event to the search that it follows from.
  private func join(_ event: Event, _ record: inout LogRecord) throws {
    if event.kind == .search {
      if event.hasResults || !event.items.isEmpty { record.flags.insert(.hasResults) }
      guard !event.queryID.isEmpty else { return }
      var writer = ByteWriter()
      writer.varint(record.query)
      writer.fixed(record.flags.contains(.hasResults) ? UInt8(1) : 0)
      let key = Key.of(day: day(event.time), core.hash(query: event.queryID))
      try transaction.put(tables.searches, key, writer.bytes)
      return
    }
    var hasResults = false
    if !event.queryID.isEmpty,
      case let today = day(event.time),
      let found = try search(core.hash(query: event.queryID), days: [today, today &- 1])
    {
      hasResults = found.hasResults
      if record.query == 0 { record.query = found.query }
    }
    if event.kind == .click, !hasResults { record.flags.insert(.unseen) }
    for index in record.items.indices { record.items[index].query = record.query }
  }

  /// The profile of a hashed id, a new one if there is none.
  func profile(_ shopper: UInt64) throws -> Profile {
    if let known = profiles[shopper] { return known }
    let stored = try transaction.get(tables.shoppers, Key.of(shopper))
    let profile = Profile(try stored.map { try ShopperState($0) } ?? ShopperState())
    profiles[shopper] = profile
    return profile
  }

  /// Lets go of a session's id, unless it has gone on as another shopper's, as after signing in.
  func endSession(_ session: UInt64, of shopper: UInt64) throws {
    guard session != 0, let owner = try transaction.get(tables.sessions, Key.of(session)),
      Key.number64(owner) == shopper
    else { return }
    try transaction.delete(tables.sessions, Key.of(session))
  }

  /// Takes back what a bot's events of the last week were counted as.
  private func exclude(_ head: UInt64) throws {
    var sequence = head
    var left = Self.mostExcluded
    while sequence != 0, left > 0, let bytes = try transaction.get(tables.log, Key.of(sequence)) {
      var record = try LogRecord(bytes)
      if record.time < now - 7 * 86_400_000, !record.flags.contains(.expired) { return }
      if record.flags.isDisjoint(with: [.excluded, .expired]) {
        try ledger.apply(record, sign: -1, core.rules)
        record.flags.insert(.excluded)
        try transaction.put(tables.log, Key.of(sequence), record.bytes)
      }
      sequence = record.previous
      left -= 1
    }
  }

  /// Stores profiles and counts; the last act before the commit.
  func finish() throws {
    for query in try ledger.removeForgotten() { try core.names.erase(.query, query, transaction) }
    for (shopper, profile) in profiles.sorted(by: { $0.key < $1.key }) where profile.state.head != 0
    {
      try transaction.put(tables.shoppers, Key.of(shopper), profile.state.bytes)
    }
    try ledger.store()
    guard core.sequence != firstSequence else { return }
    var writer = ByteWriter()
    writer.fixed(core.sequence)
    try transaction.put(tables.meta, Array("sequence".utf8), writer.bytes)
  }
}

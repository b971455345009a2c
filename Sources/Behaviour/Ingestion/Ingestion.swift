// SPDX-License-Identifier: Apache-2.0

import LMDBStore

/// Takes events in, inside one write transaction: all of their effects are stored, or none.
final class Ingestion {
  /// A profile that is changed in place.
  final class Profile {
    var state: ShopperState
    init(_ state: ShopperState) { self.state = state }
  }

  /// Products of a session that a further one becomes a neighbour of.
  private static let mostPartners = 8

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
    var event = event
    if let problem = checkTime(&event) { return .refused(problem) }
    let shopper = core.hash(shopper: event.shopper)
    let profile = try self.profile(shopper)
    if profile.state.isOptedOut {
      return .refused(EventProblem(.optedOut, "The shopper has opted out of being tracked."))
    }
    guard try isNew(event) else { return .duplicate }
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
    record.rules = core.rules.matching(event)
    core.sequence += 1
    record.previous = profile.state.head
    profile.state.head = core.sequence
    profile.state.last = max(profile.state.last, event.time)
    try transaction.append(tables.log, Key.of(core.sequence), record.bytes)
    try ledger.apply(record, sign: 1, core.rules)
    return .accepted(core.sequence)
  }

  private func checkTime(_ event: inout Event) -> EventProblem? {
    if event.time > now + 86_400_000 {
      return EventProblem(
        .inFuture,
        "The event's time is over a day ahead: set the sender's clock."
      )
    }
    // Clocks that are a little ahead would otherwise age the counts of everybody else.
    event.time = min(event.time, now)
    if event.time < now - core.options.retention {
      return EventProblem(.tooOld, "The event is older than events are kept.")
    }
    return nil
  }

  private func day(_ time: Int64) -> UInt32 { UInt32(clamping: time / 86_400_000) }

  /// Whether the event has not been met before; notes it.
  private func isNew(_ event: Event) throws -> Bool {
    let today = day(event.time)
    if event.kind == .search, !event.queryID.isEmpty {
      let hash = core.hash(query: event.queryID)
      if try search(hash, day: today) != nil { return false }
    }
    // Without an id, the same event at the same time is the same; with neither id nor time, every
    // one is new.
    guard !event.id.isEmpty || event.hasOwnTime else { return true }
    let hash = event.id.isEmpty ? core.hash(content: event) : core.hash(event: event.id)
    if !event.hasOwnTime, try transaction.get(tables.ids, Key.of(day: today &- 1, hash)) != nil {
      return false
    }
    return try transaction.insert(tables.ids, Key.of(day: today, hash), [])
  }

  /// What is known of a search: its query's number and whether its results are known.
  private func search(_ hash: UInt64, day: UInt32) throws -> (query: UInt32, hasResults: Bool)? {
    for day in [day, day &- 1] {
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
      let found = try search(core.hash(query: event.queryID), day: day(event.time))
    {
      hasResults = found.hasResults
      if record.query == 0 { record.query = found.query }
    }
    if event.kind == .click, !hasResults { record.flags.insert(.unseen) }
    for index in record.items.indices { record.items[index].query = record.query }
  }

  /// Decides what the event counts as, and changes the profile.
  private func plan(_ event: Event, _ record: inout LogRecord, _ profile: Profile) throws {
    let isNewSession = !profile.state.sessions.contains { $0.id == record.session }
    var session = profile.state.takeSession(record.session, at: event.time)
    switch event.kind {
    case .search: try planSearch(event, &record, &session)
    case .view, .click, .addToCart:
      planTouch(&record, &session)
      try updateProfile(event, &record, profile)
    case .purchase:
      record.flags.insert(.counted)
      let since = Int64(record.seconds) - 86_400
      let products = Set(record.items.map(\.product))
      record.partners = profile.state.bought.filter {
        Int64($0.time) >= since && !products.contains($0.product)
      }.map(\.product)
      try updateProfile(event, &record, profile)
      profile.state.bought.removeAll { products.contains($0.product) }
      profile.state.bought += record.items.map { ($0.product, record.seconds) }
      profile.state.bought = profile.state.bought.suffix(ShopperState.mostBought)
    case .impression, .custom: break
    }
    session.last = max(session.last, event.time)
    let gone = profile.state.put(session)
    if isNewSession, record.session != 0 {
      try transaction.put(tables.sessions, Key.of(record.session), Key.of(record.shopper))
    }
    if gone != 0 { try transaction.delete(tables.sessions, Key.of(gone)) }
  }

  private func planSearch(
    _ event: Event,
    _ record: inout LogRecord,
    _ session: inout SessionState
  ) throws {
    // A query that is met again in its session, such as for its second page, counts once.
    let query = record.query
    let isRepeated = session.queries.contains { $0.query == query }
    if let last = session.queries.last, last.query != query,
      (0...4000).contains(event.time - last.time), try isTyping(from: last.query, to: event)
    {
      session.queries.removeLast()
      if last.isCounted { record.collapsed = last.query }
    }
    record.fromQuery = session.queries.last { $0.query != query }?.query ?? 0
    if !isRepeated { record.flags.insert(.counted) }
    session.queries.removeAll { $0.query == query }
    session.queries.append(
      SessionState.Query(query: query, time: event.time, isCounted: !isRepeated)
    )
    session.queries = session.queries.suffix(SessionState.mostQueries)
  }

  /// Whether a search goes on typing, or deletes from, the query of a number.
  private func isTyping(from number: UInt32, to event: Event) throws -> Bool {
    guard let name = try Name(.query, number, transaction, tables) else { return false }
    return event.query.utf8.starts(with: name.text.utf8)
      || name.text.utf8.starts(with: event.query.utf8)
  }

  private func planTouch(_ record: inout LogRecord, _ session: inout SessionState) {
    let before = session.items.suffix(Self.mostPartners).map(\.product)
    for item in record.items {
      let met = session.met(item.product, record.kind)
      if met.isNewKind { record.flags.insert(.counted) }
      if met.isNew { record.partners = before }
    }
  }

  private func updateProfile(
    _ event: Event,
    _ record: inout LogRecord,
    _ profile: Profile
  ) throws {
    let weight: Float = event.kind == .purchase ? 5 : event.kind == .addToCart ? 3 : 1
    let halfLives = core.options.halfLives
    for index in record.items.indices {
      let product = record.items[index].product
      if record.items[index].query == 0,
        let recent = profile.state.recent.last(where: { $0.product == product })
      {
        record.items[index].query = recent.query
      }
      profile.state.note(
        product,
        event.kind,
        query: record.items[index].query,
        at: record.seconds
      )
      let known = core.options.attributes?(event.collection, event.items[index].product)
      var (category, brand) = (record.category, record.brand)
      if category == 0, let text = known?.category, !text.isEmpty {
        category = try core.names.number(Name(kind: .category, scope: "", text: text), transaction)
      }
      if brand == 0, let text = known?.brand, !text.isEmpty {
        brand = try core.names.number(Name(kind: .brand, scope: "", text: text), transaction)
      }
      if category != 0 {
        profile.state.categories.add(category, weight, at: record.seconds, halfLives)
      }
      if brand != 0 { profile.state.brands.add(brand, weight, at: record.seconds, halfLives) }
      let price = record.items[index].price
      profile.state.price.add(price > 0 ? price : known?.price ?? 0, weight)
    }
  }

  /// The profile of a hashed id, a new one if there is none.
  func profile(_ shopper: UInt64) throws -> Profile {
    if let known = profiles[shopper] { return known }
    let stored = try transaction.get(tables.shoppers, Key.of(shopper))
    let profile = Profile(try stored.map { try ShopperState($0) } ?? ShopperState())
    profiles[shopper] = profile
    return profile
  }

  /// Takes back what a bot's events of the last week were counted as.
  private func exclude(_ head: UInt64) throws {
    var sequence = head
    while sequence != 0, let bytes = try transaction.get(tables.log, Key.of(sequence)) {
      var record = try LogRecord(bytes)
      if record.time < now - 7 * 86_400_000, !record.flags.contains(.expired) { return }
      if record.flags.isDisjoint(with: [.excluded, .expired]) {
        try ledger.apply(record, sign: -1, core.rules)
        record.flags.insert(.excluded)
        try transaction.put(tables.log, Key.of(sequence), record.bytes)
      }
      sequence = record.previous
    }
  }

  /// Stores profiles and counts; the last act before the commit.
  func finish() throws {
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

// SPDX-License-Identifier: Apache-2.0

import LMDBStore

extension Ingestion {
  /// Products of a session that a further one becomes a neighbour of.
  private static let mostPartners = 8

  /// Decides what the event counts as, and changes the profile.
  func plan(_ event: Event, _ record: inout LogRecord, _ profile: Profile) throws {
    let isNewSession = !profile.state.sessions.contains { $0.id == record.session }
    var session = profile.state.takeSession(record.session, at: event.time)
    switch event.kind {
    case .search: try planSearch(event, &record, &session, profile)
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
    try endSession(gone, of: record.shopper)
  }

  private func planSearch(
    _ event: Event,
    _ record: inout LogRecord,
    _ session: inout SessionState,
    _ profile: Profile
  ) throws {
    let halfLives = core.options.halfLives
    func remember(_ query: UInt32, _ weight: Float) {
      profile.state.queries.add(
        query,
        weight,
        at: record.seconds,
        atMost: ShopperState.mostQueries,
        halfLives
      )
    }
    try learn(record, session, profile.state)
    // A query that is met again in its session, such as for its second page, counts once.
    let query = record.query
    let isRepeated = session.queries.contains { $0.query == query }
    if let last = session.queries.last, last.query != query,
      (0...4000).contains(event.time - last.time), try isTyping(from: last.query, to: event)
    {
      session.queries.removeLast()
      if last.isCounted {
        record.collapsed = last.query
        remember(last.query, -1)
      }
    }
    // Of a repeated query this is what the search that it takes back had come from.
    record.fromQuery = session.queries.last?.query ?? 0
    if !isRepeated {
      record.flags.insert(.counted)
      remember(query, 1)
    }
    session.queries.removeAll { $0.query == query }
    session.queries.append(
      SessionState.Query(query: query, time: event.time, isCounted: !isRepeated)
    )
    session.queries = session.queries.suffix(SessionState.mostQueries)
  }

  /// Learns where queries come from by one that was sent, before it counts anywhere.
  private func learn(
    _ record: LogRecord,
    _ session: SessionState,
    _ shopper: ShopperState
  ) throws {
    let (now, halfLives) = (record.seconds, core.options.halfLives)
    let mixture = try ledger.mixture(record.collection)
    var shares = mixture.value.shares(of: try ledger.query(record.query).value, at: now, halfLives)
    let next = try session.queries.last.map { try ledger.neighbours(.next, $0.query).value }
    let sources = QuerySources(
      own: shopper.queries.weights(at: now, halfLives),
      session: session.queries.map(\.query),
      next: next?.weights(at: now, halfLives) ?? []
    )
    sources.add(record.query, to: &shares)
    mixture.value.learn(shares, sources.context)
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
}

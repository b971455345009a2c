// SPDX-License-Identifier: Apache-2.0

import JSON

/// What has been read of an event's JSON.
struct EventFields {
  private enum Field {
    case kind, id, user, client, session, collection, product, products, query, queryID, time
    case position, price, quantity, name, category, brand, agent, hits, found, filter, tag
    case nested
  }

  /// Longest ids, in bytes.
  private static let longest = 256
  private static let longestFilter = 4000
  private static let names: [String: Field] = [
    "event_type": .kind, "type": .kind, "action_name": .kind, "id": .id, "event_id": .id,
    "user_id": .user, "shopper": .user, "client_id": .client, "session_id": .session,
    "session": .session, "collection": .collection, "doc_id": .product, "product_id": .product,
    "object_id": .product, "product": .product, "doc_ids": .products, "items": .products,
    "products": .products, "q": .query, "query": .query, "user_query": .query,
    "query_id": .queryID, "timestamp": .time, "time": .time, "position": .position,
    "ordinal": .position, "price": .price, "quantity": .quantity, "name": .name,
    "category": .category, "brand": .brand, "user_agent": .agent, "hit_ids": .hits,
    "query_response_hit_ids": .hits, "found": .found, "filter_by": .filter,
    "analytics_tag": .tag, "data": .nested,
    "event_attributes": .nested, "object": .nested, "query_attributes": .nested,
  ]
  static let kinds: [String: Event.Kind] = [
    "search": .search, "impression": .impression, "view": .view, "visit": .view,
    "click": .click, "click_through": .click, "add_to_cart": .addToCart, "purchase": .purchase,
    "conversion": .purchase,
  ]

  private var event: Event
  private var kind: String?
  private var user = ""
  private var client = ""
  private var price: Float = 0
  private var quantity: UInt32 = 1
  private var isUserQuery = false
  private var noneFound = false
  /// Whether the event has the form in which `name` is that of a rule.
  private var namesRule = false

  init(_ defaults: EventDefaults) {
    event = Event(.custom, shopper: "", time: defaults.now)
    event.collection = defaults.collection
    event.agent = defaults.agent
  }

  mutating func read(_ view: JSONView, depth: Int) throws {
    try view.forEachPair { key, value in
      guard let field = Self.names[String(decoding: key, as: UTF8.self)], value.kind != .null
      else { return }
      // Inside a product's description, `id`, `name` and `type` are the product's.
      if depth > 0, field == .id || field == .name || field == .kind { return }
      try read(field, key, value, depth: depth)
    }
  }

  private mutating func read(
    _ field: Field,
    _ key: UnsafeBufferPointer<UInt8>,
    _ value: JSONView,
    depth: Int
  ) throws {
    var name: String { String(decoding: key, as: UTF8.self) }
    switch field {
    case .kind: kind = try text(value, name)
    case .id: event.id = try text(value, name)
    case .user: user = try text(value, name)
    case .client: client = try text(value, name)
    case .session: event.session = try text(value, name)
    case .collection: event.collection = try text(value, name, longest: 100)
    case .product:
      if value.kind == .object { return try read(value, depth: depth + 1) }
      event.items.insert(Event.Item(try text(value, name)), at: 0)
    case .products: try readItems(value, name)
    case .query:
      guard let query = value.string else { throw EventProblem.badField(name, "a string") }
      event.query = Event.normalize(query: query)
      if name == "user_query" { isUserQuery = true }
    case .queryID: event.queryID = try text(value, name)
    case .time: try readTime(value, name)
    case .position:
      if value.kind == .object { return try read(value, depth: depth + 1) }
      guard let position = value.integer, (1...100_000).contains(position) else {
        throw EventProblem.badField(name, "a whole number, 1 for the first result")
      }
      event.position = Int(position)
    case .price: price = try Self.price(value)
    case .quantity: quantity = try Self.quantity(value)
    case .name: event.name = try text(value, name)
    case .category: event.category = try text(value, name)
    case .brand: event.brand = try text(value, name)
    case .agent: event.agent = String((value.string ?? "").prefix(256))
    case .hits:
      event.hasResults = true
      try readItems(value, name)
    case .found: noneFound = value.integer == 0
    case .filter: event.filter = try text(value, name, longest: Self.longestFilter)
    case .tag: event.tag = try text(value, name)
    case .nested:
      if depth == 0, name == "data" { namesRule = true }
      guard value.kind == .object else { throw EventProblem.badField(name, "an object") }
      try read(value, depth: depth + 1)
    }
  }

  private func text(
    _ value: JSONView,
    _ name: String,
    longest: Int = EventFields.longest
  ) throws -> String {
    let text: String
    if let utf8 = value.utf8 {
      guard utf8.count <= longest else {
        throw EventProblem(.tooLong, "`\(name)` must have at most \(longest) bytes.")
      }
      guard !utf8.contains(0) else { throw EventProblem.badField(name, "a string with no U+0000") }
      text = String(decoding: utf8, as: UTF8.self)
    } else if let number = value.integer {
      text = String(number)
    } else {
      throw EventProblem.badField(name, "a string")
    }
    return text
  }

  private static func price(_ value: JSONView) throws -> Float {
    guard let price = value.double, price >= 0, price < 1e12 else {
      throw EventProblem.badField("price", "a number of 0 or more")
    }
    return Float(price)
  }

  private static func quantity(_ value: JSONView) throws -> UInt32 {
    guard let quantity = value.integer, (1...1_000_000).contains(quantity) else {
      throw EventProblem.badField("quantity", "a whole number from 1 to 1,000,000")
    }
    return UInt32(quantity)
  }

  private mutating func readTime(_ value: JSONView, _ name: String) throws {
    let time =
      value.double.map { Timestamp.milliseconds(number: $0) }
      ?? value.utf8.map { Timestamp.milliseconds(iso: $0) }
    guard let time = time ?? nil else {
      throw EventProblem.badField(
        name,
        "ISO 8601 such as 2026-01-31T12:00:00Z, or a number of seconds or milliseconds since 1970"
      )
    }
    event.time = time
    event.hasOwnTime = true
  }

  private mutating func readItems(_ value: JSONView, _ name: String) throws {
    guard value.kind == .array else { throw EventProblem.badField(name, "an array") }
    try value.forEachElement { element in
      guard event.items.count < Event.mostItems else { return }
      guard element.kind == .object else {
        event.items.append(Event.Item(try text(element, name)))
        return
      }
      var item = Event.Item("")
      try element.forEachPair { key, value in
        switch String(decoding: key, as: UTF8.self) {
        case "doc_id", "product_id", "object_id", "id": item.product = try text(value, name)
        case "price": item.price = try Self.price(value)
        case "quantity": item.quantity = try Self.quantity(value)
        default: break
        }
      }
      event.items.append(item)
    }
  }

  /// The event, once all has been read.
  func event(_ defaults: EventDefaults) throws -> Event {
    var event = event
    if namesRule, !event.name.isEmpty, let rules = defaults.ruleEventTypes,
      rules[event.name] == nil
    {
      throw EventProblem(.unknownRule, "Rule `\(event.name)` not found.")
    }
    let typed =
      kind ?? (isUserQuery ? "search" : defaults.ruleEventTypes?[event.name] ?? "")
    guard !typed.isEmpty else {
      throw EventProblem(.missingType, "An event needs `event_type`, such as search or click.")
    }
    if let known = Self.kinds[typed] {
      event.kind = known
    } else if typed == "query", !event.query.isEmpty {
      event.kind = .search
    } else if event.name.isEmpty {
      event.name = typed
    }
    event.shopper = [user, client, event.session, defaults.shopper].first { !$0.isEmpty } ?? ""
    guard !event.shopper.isEmpty else {
      throw EventProblem(
        .missingShopper,
        "An event needs `user_id`, `client_id` or `session_id`, or the request a user header."
      )
    }
    if event.items.contains(where: \.product.isEmpty) {
      throw EventProblem(.missingProduct, "A product of the event has no id.")
    }
    switch event.kind {
    case .search:
      guard !event.query.isEmpty else {
        throw EventProblem(.missingQuery, "A search needs `q`, the query as typed.")
      }
      if noneFound { event.hasResults = true }
    case .impression, .view, .click, .addToCart, .purchase:
      guard !event.items.isEmpty else {
        throw EventProblem(.missingProduct, "This event needs `doc_id` or `doc_ids`.")
      }
      event.hasResults = false
    case .custom: event.hasResults = false
    }
    for index in event.items.indices where event.items.count == 1 || event.kind != .search {
      if event.items[index].price == 0 { event.items[index].price = price }
      if event.items[index].quantity == 1 { event.items[index].quantity = quantity }
    }
    return event
  }
}

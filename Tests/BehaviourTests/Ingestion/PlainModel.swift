// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import Behaviour

/// The rules of counting over plain lists: every event is kept, every count is a sum over them.
struct PlainModel {
  typealias Terms = [(time: Double, weight: Double)]
  private struct Session {
    var last: Int64
    var items: [String] = []
    var kinds: [String: Set<Event.Kind>] = [:]
    var queries: [(query: String, time: Int64, isCounted: Bool)] = []
  }

  var counts: [String: Terms] = [:]
  var sharing: [String: Set<String>] = [:]
  private var sessions: [String: Session] = [:]
  private var bought: [String: [(product: String, time: Int64)]] = [:]
  private var led: [String: String] = [:]
  private var ids: Set<String> = []
  private let propensities = Propensities()

  init(_ events: [Event]) {
    for event in events where event.id.isEmpty || ids.insert(event.id).inserted { take(event) }
  }

  private mutating func add(_ key: String, _ weight: Double, _ event: Event) {
    counts[key, default: []].append((Double(event.time / 1000), weight))
  }

  /// A decayed sum at a time in seconds.
  func value(_ key: String, at time: Double, halfLife: Double) -> Double {
    (counts[key] ?? []).reduce(0) { $0 + $1.weight * exp2(-(time - $1.time) / halfLife) }
  }

  private mutating func take(_ event: Event) {
    let sessionKey = event.shopper + "|" + event.session
    let pause: Int64 = event.session.isEmpty ? 1_800_000 : 43_200_000
    var session = sessions[sessionKey] ?? Session(last: event.time)
    if event.time - session.last > pause { session = Session(last: event.time) }
    switch event.kind {
    case .search: search(event, &session)
    case .view, .click, .addToCart: touch(event, &session)
    case .purchase: purchase(event)
    case .impression, .custom: break
    }
    session.last = max(session.last, event.time)
    sessions[sessionKey] = session
  }

  private mutating func search(_ event: Event, _ session: inout Session) {
    let isRepeated = session.queries.contains { $0.query == event.query }
    if let last = session.queries.last, last.query != event.query, event.time - last.time <= 4000,
      event.query.hasPrefix(last.query) || last.query.hasPrefix(event.query)
    {
      session.queries.removeLast()
      if last.isCounted {
        add("searches \(last.query)", -1, event)
        if let from = session.queries.last?.query {
          add("next \(from)>\(last.query)", -1, event)
        }
      }
    }
    let from = session.queries.last { $0.query != event.query }?.query
    session.queries.removeAll { $0.query == event.query }
    session.queries.append((event.query, event.time, !isRepeated))
    if !isRepeated {
      add("searches \(event.query)", 1, event)
      if event.items.isEmpty { add("noHits \(event.query)", 1, event) }
      sharing[event.query, default: []].insert(event.shopper)
      if let from { add("next \(from)>\(event.query)", 1, event) }
    }
    for (index, item) in event.items.enumerated() {
      let examined = Double(propensities[index + 1])
      add("examined \(item.product)", examined, event)
      add("examined \(event.query)/\(item.product)", examined, event)
    }
  }

  private mutating func touch(_ event: Event, _ session: inout Session) {
    let product = event.items[0].product
    let before = session.items.suffix(8)
    let isNew = !session.items.contains(product)
    let isNewKind = session.kinds[product, default: []].insert(event.kind).inserted
    session.items.removeAll { $0 == product }
    session.items.append(product)
    let path = event.shopper + "/" + product
    if !event.query.isEmpty { led[path] = event.query }
    guard isNewKind else { return }
    add("\(event.kind.name) \(product)", 1, event)
    if event.kind != .view, let query = led[path] {
      add("\(event.kind.name) \(query)/\(product)", 1, event)
      if event.kind == .click {
        add("examined \(query)/\(product)", 1, event)
        add("examined \(product)", 1, event)
      }
    }
    guard isNew else { return }
    for other in before {
      add("visited \(product)+\(other)", 1, event)
      add("visited \(other)+\(product)", 1, event)
    }
  }

  private mutating func purchase(_ event: Event) {
    let products = event.items.map(\.product)
    let since = event.time / 1000 - 86_400
    let others = (bought[event.shopper] ?? []).filter {
      $0.time / 1000 >= since && !products.contains($0.product)
    }.map(\.product)
    for (index, item) in event.items.enumerated() {
      add("purchase \(item.product)", 1, event)
      add("units \(item.product)", Double(item.quantity), event)
      if !event.query.isEmpty { led[event.shopper + "/" + item.product] = event.query }
      if let query = led[event.shopper + "/" + item.product] {
        add("purchase \(query)/\(item.product)", 1, event)
      }
      for other in others + products[..<index] where other != item.product {
        add("bought \(item.product)+\(other)", 1, event)
        add("bought \(other)+\(item.product)", 1, event)
      }
    }
    bought[event.shopper, default: []].removeAll { products.contains($0.product) }
    bought[event.shopper, default: []] += products.map { ($0, event.time) }
  }
}

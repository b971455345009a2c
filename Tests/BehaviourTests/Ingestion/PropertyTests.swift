// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import Behaviour

/// Random histories against ``PlainModel``: after all events, and after a shopper is forgotten.
struct PropertyTests {
  private static let products = (0..<9).map { "p\($0)" }
  // Some are beginnings of others, so that typing is met.
  private static let queries = ["l", "la", "lamp", "red", "red lamp", "sofa"]
  private static let shoppers = (0..<6).map { "u\($0)" }

  private func history(_ random: inout SeededRandom, until end: Int64) -> [Event] {
    var time = end - 40 * 86_400_000
    var events: [Event] = []
    while events.count < 600 {
      // Mostly within a session, sometimes after a pause, sometimes while typing.
      time += [1000, 3000, 60_000, 3_600_000].randomElement(using: &random) ?? 0
      guard time < end, let shopper = Self.shoppers.randomElement(using: &random) else { break }
      if let again = events.randomElement(using: &random),
        Int.random(in: 0..<12, using: &random) == 0
      {
        events.append(again)
        continue
      }
      let picked = Self.products.shuffled(using: &random)
      let query = Self.queries.randomElement(using: &random) ?? ""
      var event: Event
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<3:
        let count = Int.random(in: 0...4, using: &random)
        event = .search(query, by: shopper, at: time, showing: Array(picked.prefix(count)))
      case 3..<5: event = .of(.view, picked[0], by: shopper, at: time)
      case 5..<7:
        let isFromSearch = Bool.random(using: &random)
        event = .of(.click, picked[0], by: shopper, at: time, query: isFromSearch ? query : "")
        event.position = 1
      case 7: event = .of(.addToCart, picked[0], by: shopper, at: time)
      default:
        event = .of(.purchase, picked[0], by: shopper, at: time)
        event.items[0].quantity = 3
        if Bool.random(using: &random) { event.items.append(Event.Item(picked[1])) }
      }
      event.id = "e\(events.count)"
      event.hasOwnTime = true
      if Int.random(in: 0..<4, using: &random) == 0 { event.session = "s-" + shopper }
      events.append(event)
    }
    return events
  }

  private func close(_ found: Float, _ expected: Double) -> Bool {
    abs(Double(found) - max(0, expected)) < 0.005 * max(1, abs(expected))
  }

  private func compare(_ store: EventStore, _ model: PlainModel, _ note: String) throws {
    let snapshot = try store.snapshot()
    let time = Double(snapshot.time)
    let halfLife = Double(HalfLives().popularity)
    func value(_ key: String) -> Double { model.value(key, at: time, halfLife: halfLife) }
    for product in Self.products {
      let counters = try snapshot.counters(product: product, collection: "")
      #expect(close(counters.views, value("view \(product)")), "\(note) \(product)")
      #expect(close(counters.clicks, value("click \(product)")), "\(note) \(product)")
      #expect(close(counters.carts, value("add_to_cart \(product)")), "\(note) \(product)")
      #expect(close(counters.purchases, value("purchase \(product)")), "\(note) \(product)")
      #expect(close(counters.units, value("units \(product)")), "\(note) \(product)")
      #expect(close(counters.examined, value("examined \(product)")), "\(note) \(product)")
      for (relation, name) in [(Relation.visited, "visited"), (.bought, "bought")] {
        let related = try snapshot.related(to: product, collection: "", by: relation, limit: 99)
        for other in Self.products where other != product {
          let weight = related.first { $0.product == other }?.weight ?? 0
          #expect(
            close(weight, value("\(name) \(product)+\(other)")),
            "\(note) \(product)+\(other)"
          )
        }
      }
    }
    for query in Self.queries {
      let count = try snapshot.count(query: query, collection: "")
      #expect(close(count?.counters.searches ?? 0, value("searches \(query)")), "\(note) \(query)")
      #expect(close(count?.counters.noHits ?? 0, value("noHits \(query)")), "\(note) \(query)")
      let shown = try snapshot.products(query: query, collection: "")
      for product in Self.products {
        let counts = shown[product] ?? QueryProductCounts()
        for (found, name) in [
          (counts.examined, "examined"), (counts.clicks, "click"), (counts.carts, "add_to_cart"),
          (counts.purchases, "purchase"),
        ] {
          let key = "\(name) \(query)/\(product)"
          #expect(close(found, value(key)), "\(note) \(key)")
        }
      }
      let next = try snapshot.transitions(from: query, collection: "", limit: 99)
      let total = Self.queries.reduce(0) { $0 + max(0, value("next \(query)>\($1)")) }
      for transition in next {
        let expected = value("next \(query)>\(transition.query)") / total
        #expect(close(transition.probability, expected), "\(note) \(query)>\(transition.query)")
      }
    }
  }

  @Test(arguments: 0..<8) func countsAsThePlainModelDoes(_ round: Int) throws {
    let seed = UInt64.random(in: 0..<1 << 32)
    var random = SeededRandom(seed: seed)
    let clock = TestClock()
    let events = history(&random, until: clock.time)
    #expect(events.count > 300)
    try withStore(
      clock,
      {
        $0.leastShoppers = 1
        $0.bots.mostPerMinute = .max
        $0.bots.mostEqualIntervals = .max
      }
    ) { store in
      var rest = events[...]
      while !rest.isEmpty {
        let batch = rest.prefix(Int.random(in: 1...80, using: &random))
        rest = rest.dropFirst(batch.count)
        #expect(try store.record(Array(batch)).count == batch.count)
      }
      try compare(store, PlainModel(events), "seed \(seed)")
      let gone = Self.shoppers[round % Self.shoppers.count]
      try store.forget(shopper: gone)
      let left = events.filter { $0.shopper != gone }
      try compare(store, PlainModel(left), "seed \(seed), \(gone) forgotten")
      #expect(try store.snapshot().shopper(gone) == nil)
      for shopper in Self.shoppers { try store.forget(shopper: shopper) }
      try compare(store, PlainModel([]), "seed \(seed), all forgotten")
    }
  }
}

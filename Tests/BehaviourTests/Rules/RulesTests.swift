// SPDX-License-Identifier: Apache-2.0

import JSON
import Testing

@testable import Behaviour

struct RulesTests {
  private let clock = TestClock()
  private var now: Int64 { clock.time }

  private func rule(
    _ name: String,
    _ type: String,
    _ event: String,
    _ params: JSON = [:]
  ) throws
    -> AnalyticsRule
  {
    try AnalyticsRule([
      "name": .string(name), "type": .string(type), "collection": "shop",
      "event_type": .string(event), "params": params,
    ])
  }

  private func search(
    _ query: String,
    by shopper: String,
    at time: Int64,
    found: Bool = true
  ) -> Event {
    var event = Event.search(query, by: shopper, at: time, showing: found ? ["p"] : [])
    event.collection = "shop"
    return event
  }

  private func counts(_ store: EventStore, _ rule: String) throws -> [String: Double] {
    Dictionary(
      uniqueKeysWithValues: try store.snapshot().counts(rule: rule).map { ($0.subject, $0.count) }
    )
  }

  @Test func queriesAreCountedLiveOnceEnoughShoppersSentThem() throws {
    try withStore(clock) { store in
      try store.set(rule: rule("popular", "popular_queries", "search"))
      try store.set(rule: rule("none", "nohits_queries", "search"))
      for number in 0..<5 {
        let found = try counts(store, "popular")
        #expect(found == [:])
        _ = try store.record([
          search("lamp", by: "u\(number)", at: now - 60_000),
          search("xyzzy", by: "u\(number)", at: now, found: false),
          search("my name is bob", by: "bob", at: now + Int64(number) * 3_600_000 - 20_000_000),
        ])
      }
      #expect(try counts(store, "popular") == ["lamp": 5, "xyzzy": 5])
      #expect(try counts(store, "none") == ["xyzzy": 5])
      try store.forget(shopper: "u0")
      #expect(try counts(store, "popular") == [:])
      _ = try store.record([search("lamp", by: "u9", at: now)])
      #expect(try counts(store, "popular") == ["lamp": 5])
    }
  }

  @Test func typingCountsOnlyTheLast() throws {
    try withStore(clock, { $0.leastShoppers = 1 }) { store in
      try store.set(rule: rule("popular", "popular_queries", "search"))
      let typed = ["l", "la", "lam", "lamp"]
      for (index, query) in typed.enumerated() {
        _ = try store.record([search(query, by: "u", at: now - 10_000 + Int64(index) * 1500)])
      }
      #expect(try counts(store, "popular") == ["lamp": 1])
      // Five seconds later it is another search, and the same again is the same.
      _ = try store.record([
        search("lamp shade", by: "u", at: now), search("lamp shade", by: "u", at: now),
      ])
      #expect(try counts(store, "popular") == ["lamp": 1, "lamp shade": 1])
      let next = try store.snapshot().transitions(from: "lamp", collection: "shop", limit: 5)
      #expect(next == [Transition(query: "lamp shade", probability: 1)])
    }
  }

  @Test func aTransitionThatIsTakenBackIsTheOneThatWasCounted() throws {
    try withStore(clock, { $0.leastShoppers = 1 }) { store in
      let (long, start) = ("lamp shade", now - 60_000)
      _ = try store.record([
        search("lamp", by: "u", at: start), search(long, by: "u", at: start + 20_000),
        search("lamp", by: "u", at: start + 22_000), search("sofa", by: "u", at: start + 40_000),
      ])
      let next = try store.snapshot().transitions(from: "lamp", collection: "shop", limit: 5)
      #expect(next == [Transition(query: "sofa", probability: 1)])
    }
  }

  @Test func countersAddTheirWeight() throws {
    try withStore(clock) { store in
      try store.set(
        rule: rule("bought", "counter", "conversion", ["counter_field": "sold", "weight": 2.5])
      )
      var event = Event.of(.purchase, "p", by: "u", at: now)
      event.collection = "shop"
      var named = Event.of(.click, "p", by: "v", at: now)
      named.collection = "shop"
      named.name = "bought"
      _ = try store.record([event, named, .of(.click, "p", by: "v", at: now)])
      #expect(try counts(store, "bought") == ["p": 5])
      try store.forget(shopper: "u")
      #expect(try counts(store, "bought") == ["p": 2.5])
    }
  }

  @Test func logsAreListedByShopper() throws {
    try withStore(clock) { store in
      try store.set(rule: rule("seen", "log", "click"))
      for number in 0..<5 {
        var event = Event.of(.click, "p\(number)", by: "u", at: now)
        event.name = number == 2 ? "" : "seen"
        _ = try store.record([event])
      }
      let events = try store.snapshot().events(of: "u", rule: "seen", limit: 3)
      #expect(events.map { $0.items[0].product } == ["p4", "p3", "p1"])
      #expect(events.allSatisfy { $0.shopper == "u" })
    }
  }

  @Test func rulesStayAndGo() throws {
    try withStore(clock, { $0.leastShoppers = 1 }) { store in
      try store.set(rule: rule("popular", "popular_queries", "search"))
      _ = try store.record([search("lamp", by: "u", at: now)])
      #expect(try store.snapshot().rules().map(\.name) == ["popular"])
      try store.removeRule(named: "popular")
      #expect(throws: BehaviourError.self) { try store.removeRule(named: "popular") }
      #expect(throws: BehaviourError.self) { try store.snapshot().counts(rule: "popular") }
      try store.set(rule: rule("popular", "popular_queries", "search"))
      #expect(try counts(store, "popular") == [:])
    }
  }

  @Test(arguments: [
    #"{}"#, #"{"name":"a","type":"popular_queries","event_type":"search"}"#,
    #"{"name":"a","type":"nonsense","collection":"c","event_type":"search"}"#,
    #"{"name":"a","type":"log","collection":"c","event_type":"nonsense"}"#,
    #"{"name":"a","type":"counter","collection":"c","event_type":"click","params":{}}"#,
  ])
  func badRulesAreRefused(_ text: String) throws {
    let json = try JSON(parsing: text)
    let error = #expect(throws: BehaviourError.self) { try AnalyticsRule(json) }
    #expect(error?.code == .invalid)
  }
}

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
      #expect(try counts(store, "popular") == ["lamp": 5])
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

  @Test func typingCountsOnlyTheLastOfWhatFindsNothing() throws {
    try withStore(clock, { $0.leastShoppers = 1 }) { store in
      try store.set(rule: rule("popular", "popular_queries", "search"))
      try store.set(rule: rule("none", "nohits_queries", "search"))
      for (index, query) in ["x", "xy", "xyz"].enumerated() {
        let time = now - 10_000 + Int64(index) * 1000
        _ = try store.record([search(query, by: "u", at: time, found: index == 0)])
      }
      #expect(try counts(store, "popular") == [:])
      #expect(try counts(store, "none") == ["xyz": 1])
      try store.forget(shopper: "u")
      #expect(try counts(store, "none") == [:])
    }
  }

  @Test func formsOfQueriesAreCountedApartAndForgotten() throws {
    try withStore(clock, { $0.leastShoppers = 2 }) { store in
      let fields: JSON = ["meta_fields": ["filter_by", "analytics_tag"], "expand_query": true]
      try store.set(rule: rule("forms", "popular_queries", "search", fields))
      func send(_ query: String, _ shopper: String, _ filter: String, _ tag: String) throws {
        var event = search(query, by: shopper, at: now)
        (event.filter, event.tag, event.expansion) = (filter, tag, "lamp")
        _ = try store.record([event])
      }
      try send("la", "u", "price:>1", "web")
      try send("lam", "v", "price:>1", "web")
      try send("lamp", "w", "price:>2", "web")
      try send("lamp", "x", String(repeating: "long", count: 100), "web")
      try send("la", "y", "", "")
      let listed = try store.snapshot().counts(rule: "forms")
      #expect(
        Set(listed.map { "\($0.subject)|\($0.filter)|\($0.tag)|\($0.count)" })
          == ["lamp|price:>1|web|2.0", "lamp|||2.0"]
      )
      // They are no queries that others might be shown.
      var shared: [String] = []
      try store.snapshot().forEachSharedQuery { shared.append($0.query) }
      #expect(shared.sorted() == ["la", "lamp"])
      try store.forget(shopper: "u")
      #expect(try store.snapshot().counts(rule: "forms").map(\.filter) == [""])
    }
  }

  @Test func countersAreToldOnceAlsoAfterACrash() throws {
    try withStore(clock) { store in
      try store.set(
        rule: rule("sold", "counter", "conversion", ["counter_field": "sales", "weight": 2])
      )
      func buy(_ shopper: String) throws {
        var event = Event.of(.purchase, "p", by: shopper, at: now)
        event.collection = "shop"
        _ = try store.record([event])
      }
      try buy("u")
      try buy("v")
      let (increments, next) = try store.pendingCounters(from: 0, limit: 10)
      #expect(next == nil)
      let increment = try #require(increments.first)
      #expect(increment.amount == 4 && increment.field == "sales" && increment.product == "p")
      try store.prepare([increment.settled(4, value: 14)])
      // Had it ended here, the value would still be known.
      let target = CounterTarget(collection: "shop", field: "sales", product: "p", value: 14)
      #expect(try store.preparedCounters() == [target])
      try store.finishCounters()
      #expect(try store.preparedCounters().isEmpty)
      #expect(try store.pendingCounters(from: 0, limit: 10).increments.isEmpty)
      try store.forget(shopper: "u")
      #expect(try store.pendingCounters(from: 0, limit: 10).increments.map(\.amount) == [-2])
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

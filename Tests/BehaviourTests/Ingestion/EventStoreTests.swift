// SPDX-License-Identifier: Apache-2.0

import Foundation
import LMDBStore
import TestSupport
import Testing

@testable import Behaviour

struct EventStoreTests {
  private let clock = TestClock()
  private var now: Int64 { clock.time }

  @Test func anEventIsSeenByTheNextSnapshot() throws {
    try withStore(clock) { store in
      let before = try store.snapshot()
      #expect(try store.record([.of(.click, "p", by: "u", at: now)]) == [.accepted(1)])
      #expect(try before.counters(product: "p", collection: "").clicks == 0)
      #expect(try store.snapshot().counters(product: "p", collection: "").clicks == 1)
      #expect(try store.snapshot().shopper("u")?.recent.map(\.product) == ["p"])
    }
  }

  @Test func collectionsAreApart() throws {
    try withStore(clock) { store in
      var event = Event.of(.click, "p", by: "u", at: now)
      event.collection = "books"
      _ = try store.record([event])
      #expect(try store.snapshot().counters(product: "p", collection: "books").clicks == 1)
      #expect(try store.snapshot().counters(product: "p", collection: "").clicks == 0)
    }
  }

  @Test func repeatedEventsCountOnce() throws {
    try withStore(clock) { (store: EventStore) throws in
      var event = Event.of(.purchase, "p", by: "u", at: now)
      #expect(try store.record([event, event]) == [.accepted(1), .accepted(2)])
      event.id = "e"
      #expect(try store.record([event, event]) == [.accepted(3), .duplicate])
      // Sent again over midnight, with the time of its arrival.
      event.time = now - 86_400_000 + 3_600_000
      #expect(try store.record([event]).first?.isAccepted == true)
      clock.time += 43_200_000
      event.time = clock.time
      #expect(try store.record([event]) == [.duplicate])
      var timed = Event.of(.purchase, "p", by: "u", at: now - 5000)
      timed.hasOwnTime = true
      #expect(try store.record([timed, timed]).last == .duplicate)
      timed.time += 1
      #expect(try store.record([timed]).first?.isAccepted == true)
      #expect(store.counts.duplicates == 3)
    }
  }

  @Test func timesThatCannotBeAreRefused() throws {
    try withStore(clock) { store in
      let times = [now + 86_400_001, now + 1000, now - 391 * 86_400_000]
      let outcomes = try store.record(times.map { .of(.view, "p", by: "u", at: $0) })
      guard case .refused(let ahead) = outcomes[0], case .refused(let old) = outcomes[2] else {
        Issue.record("\(outcomes)")
        return
      }
      #expect(ahead.reason == .inFuture && old.reason == .tooOld && outcomes[1].isAccepted)
      #expect(store.counts.refused == [.inFuture: 1, .tooOld: 1] && store.counts.accepted == 1)
      #expect(try store.snapshot().shopper("u")?.recent.first?.time == UInt32(now / 1000))
    }
  }

  @Test func clicksJoinTheirSearch() throws {
    try withStore(clock) { store in
      var search = Event.search("lamp", by: "u", at: now - 2000, showing: ["a", "b"])
      search.queryID = "q1"
      // A click by a session that the server does not know as the searching shopper.
      var click = Event.of(.click, "b", by: "someone", at: now - 1000)
      click.queryID = "q1"
      click.position = 2
      let cart = Event.of(.addToCart, "b", by: "someone", at: now - 500)
      let order = Event.of(.purchase, "b", by: "someone", at: now)
      _ = try store.record([search, click, cart, order])
      #expect(try store.record([search]) == [.duplicate])
      let counts = try store.snapshot().products(query: "Lamp", collection: "")
      let found = try #require(counts["b"])
      #expect(abs(found.examined - Propensities()[2]) < 0.001)
      #expect(found.clicks > 0.99 && found.carts > 0.99 && found.purchases > 0.99)
      #expect(counts["a"]?.clicks == 0)
      #expect(
        try store.snapshot().count(query: "lamp", collection: "")?.counters.searches ?? 0 > 0.99
      )
    }
  }

  @Test func profilesLeanToWhatIsBought() throws {
    try withStore(
      clock,
      {
        $0.attributes = { _, product in
          ProductAttributes(
            category: product == "p" ? "Lamps" : "Sofas",
            brand: "Norvik",
            price: 100
          )
        }
      }
    ) { store in
      var cheap = Event.of(.purchase, "q", by: "u", at: now - 500)
      cheap.items[0].price = 25
      _ = try store.record([.of(.view, "p", by: "u", at: now - 1000), cheap])
      let profile = try #require(try store.snapshot().shopper("u"))
      #expect(profile.categories.map(\.name) == ["Sofas", "Lamps"])
      #expect(abs(profile.categories[0].share - 5 / 6) < 0.01)
      #expect(profile.brands == [ShopperProfile.Affinity(name: "Norvik", share: 1)])
      let price = try #require(profile.price)
      #expect(price > 25 && price < 40)
      #expect(profile.session?.products == ["p"])
    }
  }

  @Test func sessionsEndWithAPauseUnlessNamed() throws {
    try withStore(clock) { store in
      _ = try store.record([
        .of(.view, "a", by: "u", at: now - 4_000_000), .of(.view, "b", by: "u", at: now - 1000),
      ])
      #expect(try store.snapshot().shopper("u")?.session?.products == ["b"])
      var named = [
        Event.of(.view, "a", by: "v", at: now - 4_000_000), .of(.view, "b", by: "v", at: now),
      ]
      for index in named.indices { named[index].session = "s" }
      _ = try store.record(named)
      #expect(try store.snapshot().session("s")?.products == ["b", "a"])
      #expect(try store.snapshot().session("t") == nil)
      #expect(
        try store.snapshot().related(to: "a", collection: "", by: .visited, limit: 5).map(\.product)
          == ["b"]
      )
    }
  }

  @Test func aSessionGoesOnAfterSigningIn() throws {
    try withStore(clock) { store in
      var events = [
        Event.of(.view, "a", by: "visitor", at: now), .of(.view, "b", by: "u", at: now),
      ]
      for index in events.indices { events[index].session = "s" }
      _ = try store.record(events)
      try store.forget(shopper: "visitor")
      #expect(try store.snapshot().session("s")?.products == ["b"])
    }
  }

  @Test func everythingPerShopperIsBounded() throws {
    try withStore(
      clock,
      {
        $0.bots.mostPerMinute = .max
        $0.bots.mostPerHour = .max
        $0.bots.mostViewsWithoutPurpose = .max
        $0.bots.mostEqualIntervals = .max
      }
    ) { store in
      for batch in 0..<20 {
        _ = try store.record(
          (0..<200).flatMap { number -> [Event] in
            let time = now - 4_000_000 + Int64(batch * 200 + number) * 1000
            let product = "p\(batch * 200 + number)"
            var view = Event.of(.view, product, by: "u", at: time)
            view.category = product
            view.session = "s\(number)"
            return [
              view, .of(.purchase, product, by: "u", at: time),
              .search("query \(product)", by: "u", at: time, showing: [product]),
              .search("one", by: "v\(number)", at: time, showing: [product]),
            ]
          }
        )
      }
      let transaction = try store.core.environment.read()
      let tables = store.core.tables
      let key = Key.of(store.core.hash(shopper: "u"))
      #expect(try #require(try transaction.get(tables.shoppers, key)).count < 2000)
      #expect(
        try transaction.entries(tables.sessions, prefix: []).count <= ShopperState.mostSessions
      )
      for entry in try transaction.entries(tables.state, prefix: []) {
        #expect(entry.value.count <= 80 * 24)
      }
    }
  }

  @Test func optingOutForgetsAndRefuses() throws {
    try withStore(clock) { store in
      _ = try store.record([.of(.view, "a", by: "u", at: now)])
      try store.forget(shopper: "u", optOut: true)
      #expect(try store.snapshot().shopper("u") == nil)
      guard case .refused(let problem) = try store.record([.of(.view, "a", by: "u", at: now)])[0]
      else {
        Issue.record("it was taken")
        return
      }
      #expect(problem.reason == .optedOut)
      #expect(try store.snapshot().counters(product: "a", collection: "").views == 0)
      try store.optIn(shopper: "u")
      #expect(try store.record([.of(.view, "a", by: "u", at: now)])[0].isAccepted)
    }
  }

  @Test func forgettingLeavesNoTraceOfTheShopper() throws {
    try withStore(clock) { store in
      var event = Event.search("secret wish", by: "u", at: now, showing: ["a"])
      event.session = "s"
      _ = try store.record([
        event, .of(.click, "a", by: "u", at: now), .of(.view, "b", by: "v", at: now),
      ])
      let hash = store.core.hash(shopper: "u")
      try store.forget(shopper: "u")
      let transaction = try store.core.environment.read()
      let wanted = withUnsafeBytes(of: hash.littleEndian) { [UInt8]($0) }
      let tables = store.core.tables
      for table in [tables.log, tables.shoppers, tables.sessions, tables.state, tables.ids] {
        for (key, value) in try transaction.entries(table, prefix: []) {
          #expect(key != Key.of(hash))
          #expect(
            ![UInt8](value).contains(wanted) && ![UInt8](value).contains(Array(wanted.reversed()))
          )
        }
      }
      #expect(try transaction.entries(tables.log, prefix: []).count == 1)
      // What only this shopper searched for is gone by its text too.
      for table in [tables.names, tables.numbers] {
        for (key, value) in try transaction.entries(table, prefix: []) {
          let text = String(decoding: key, as: UTF8.self) + String(decoding: value, as: UTF8.self)
          #expect(!text.contains("secret"))
        }
      }
      #expect(try store.snapshot().count(query: "secret wish", collection: "") == nil)
      let again = Event.search("secret wish", by: "w", at: now)
      _ = try store.record([again])
      #expect(
        try store.snapshot().count(query: "secret wish", collection: "")?.counters.searches == 1
      )
    }
  }

  @Test func retentionRemovesEventsAndKeepsTheWayToNewerOnes() throws {
    try withStore(clock) { store in
      // History that was imported after newer events stands behind them in the log.
      _ = try store.record([
        .of(.view, "a", by: "u", at: now - 1000),
        .of(.view, "b", by: "u", at: now - 300 * 86_400_000),
        .of(.view, "c", by: "u", at: now), .of(.view, "d", by: "w", at: now - 300 * 86_400_000),
      ])
      clock.time += 100 * 86_400_000
      try store.enforceRetention()
      var left: [String] = []
      try store.snapshot().forEachEvent { event, _ in left.append(event.items[0].product) }
      #expect(left == ["a", "c"])
      #expect(try store.snapshot().shopper("w") == nil)
      #expect(
        try store.snapshot().events(of: "u", rule: nil, limit: 9).map { $0.items[0].product } == [
          "c", "a",
        ]
      )
      try store.forget(shopper: "u")
      left = []
      try store.snapshot().forEachEvent { event, _ in left.append(event.items[0].product) }
      #expect(left.isEmpty)
      clock.time += 400 * 86_400_000
      try store.enforceRetention()
      let transaction = try store.core.environment.read()
      #expect(try transaction.entries(store.core.tables.log, prefix: []).isEmpty)
      #expect(try transaction.entries(store.core.tables.ids, prefix: []).isEmpty)
    }
  }

  @Test func namesWithoutEventsForLongAreForgotten() throws {
    try withStore(clock) { store in
      _ = try store.record([
        .search("old wish", by: "u", at: now, showing: ["old", "both"]),
        .of(.click, "old", by: "u", at: now, query: "old wish"),
        .of(.click, "both", by: "u", at: now, query: "old wish"),
      ])
      clock.time += 200 * 86_400_000
      _ = try store.record([
        .search("new wish", by: "w", at: clock.time, showing: ["both"]),
        .of(.click, "both", by: "w", at: clock.time),
      ])
      func names() throws -> Set<String> {
        let transaction = try store.core.environment.read()
        var names: Set<String> = []
        for (key, _) in try transaction.entries(store.core.tables.names, prefix: []) {
          names.insert(
            String(decoding: key.dropFirst().split(separator: 0).last ?? [], as: UTF8.self)
          )
        }
        return names
      }
      try store.enforceRetention()
      #expect(try names() == ["old wish", "old", "both", "new wish"])
      clock.time += 200 * 86_400_000
      try store.enforceRetention()
      #expect(try names() == ["both", "new wish"])
      let snapshot = try store.snapshot()
      #expect(try snapshot.count(query: "old wish", collection: "") == nil)
      #expect(try snapshot.counters(product: "old", collection: "") == Counters())
      #expect(try snapshot.related(to: "both", collection: "", by: .visited, limit: 9).isEmpty)
      // What comes back begins anew.
      _ = try store.record([.of(.click, "old", by: "x", at: clock.time)])
      #expect(try store.snapshot().counters(product: "old", collection: "").clicks == 1)
    }
  }

  @Test func manyThreadsShareCommits() throws {
    try withStore(clock) { (store: EventStore) throws in
      DispatchQueue.concurrentPerform(iterations: 8) { thread in
        for number in 0..<50 {
          let event = Event.of(.purchase, "p", by: "u\(thread)-\(number)", at: now)
          guard (try? store.record([event]))?.first?.isAccepted == true else {
            Issue.record("an event was not taken")
            return
          }
        }
      }
      #expect(try store.snapshot().counters(product: "p", collection: "").purchases == 400)
    }
  }

  @Test func aFullQueueIsBusy() throws {
    try withStore(clock, { $0.mostWaiting = 10 }) { store in
      let events = (0..<8).map { Event.of(.view, "p\($0)", by: "u\($0)", at: now) }
      var refused = 0
      for _ in 0..<2000 {
        do { try store.submit(events) { _ in } } catch let error as BehaviourError {
          #expect(error.code == .busy)
          refused += 8
        }
      }
      #expect(refused > 0 && store.counts.busy == refused)
    }
  }

  @Test func staysAfterReopening() throws {
    try withTemporaryDirectory { directory in
      var options = EventStore.Options()
      options.clock = { [clock] in clock.time }
      for round in 1...3 {
        let store = try EventStore(environment: Environment(directory: directory), options: options)
        let event = Event.of(.click, "p\(round)", by: "u", at: now)
        #expect(try store.record([event]) == [.accepted(UInt64(round))])
        #expect(try store.snapshot().shopper("u")?.recent.count == round)
      }
    }
  }

  @Test func otherFormatsAreRefused() throws {
    try withTemporaryDirectory { directory in
      for (format, code) in [(UInt8(0), BehaviourError.Code.tooOld), (9, .tooNew)] {
        do {
          let environment = try Environment(directory: directory)
          _ = try EventStore(environment: environment)
          let meta = try Tables(environment).meta
          try environment.write { try $0.put(meta, Array("format".utf8), [format, 0]) }
        }
        let error = #expect(throws: BehaviourError.self) {
          try EventStore(environment: Environment(directory: directory))
        }
        #expect(error?.code == code)
        let environment = try Environment(directory: directory)
        let meta = try Tables(environment).meta
        try environment.write { try $0.put(meta, Array("format".utf8), [1, 0]) }
      }
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Behaviour

struct CandidateFeaturesTests {
  @Test func columnsAgreeWithTheSingleReads() throws {
    let clock = TestClock()
    let now = clock.time
    try withStore(clock) { store in
      var events: [Event] = []
      for number in 0..<6 {
        let shopper = "u\(number)"
        let time = now - 600_000 + Int64(number) * 1000
        events.append(.search("lamp", by: shopper, at: time, showing: ["a", "b", "c"]))
        events.append(.of(.click, "a", by: shopper, at: time, query: "lamp"))
        events.append(.of(.view, "b", by: shopper, at: time))
        var order = Event.of(.purchase, "a", by: shopper, at: time)
        order.items.append(Event.Item("c"))
        events.append(order)
      }
      events.append(.of(.view, "a", by: "me", at: now))
      _ = try store.record(events)
      let snapshot = try store.snapshot()
      let model = try snapshot.clickModel()
      let names = ["a", "b", "c", "unknown"]
      let numbers = try snapshot.numbers(of: names, collection: "")
      #expect(numbers.last == 0 && Set(numbers).count == 4)
      let features = try snapshot.features(
        of: numbers,
        query: "Lamp",
        collection: "",
        shopper: "me",
        model: model
      )
      for (index, name) in names.enumerated() {
        let counters = try snapshot.counters(product: name, collection: "")
        let estimate = try snapshot.estimate(model, query: "lamp", product: name, collection: "")
        #expect(features.trend[index] == counters.trend)
        #expect(features.clickRate[index] == estimate.clicks)
        #expect(features.purchaseRate[index] == estimate.purchases)
      }
      #expect(features.popularity[0] > features.popularity[1] && features.popularity[3] == 0)
      #expect(features.clickRate[0] > features.clickRate[2])
      #expect(features.clickRate[3] > 0)
      #expect(features.visitedWith[1] > 0.5 && features.visitedWith[2] == 0)
      #expect(features.boughtWith[2] > 0.5 && features.boughtWith[1] == 0)
      let stranger = try snapshot.features(
        of: numbers,
        query: "",
        collection: "",
        shopper: "stranger",
        model: model
      )
      #expect(stranger.visitedWith == [0, 0, 0, 0] && stranger.popularity == features.popularity)
    }
  }
}

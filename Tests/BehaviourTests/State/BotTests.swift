// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Behaviour

struct BotTests {
  private let clock = TestClock()

  /// Views at the given times in milliseconds before now, of as many products as wanted.
  private func views(_ count: Int, every interval: (Int) -> Int64, products: Int = 1) -> [Event] {
    var time = clock.time - 86_400_000
    return (0..<count).map { number in
      time += interval(number)
      return .of(.view, "p\(number % products)", by: "u", at: time)
    }
  }

  private func expect(_ events: [Event], isBot: Bool, views: Float) throws {
    try withStore(clock) { store in
      _ = try store.record([.of(.view, "p0", by: "other", at: clock.time)])
      _ = try store.record(events)
      #expect(try store.snapshot().shopper("u")?.isBot == isBot)
      let counted = try store.snapshot().counters(product: "p0", collection: "").views
      #expect(abs(counted - views) < 0.2, "\(counted)")
    }
  }

  @Test func manyEventsInAMinute() throws {
    try expect(views(200, every: { _ in 400 }), isBot: true, views: 1)
    try expect(views(100, every: { _ in 400 }), isBot: false, views: 2)
  }

  @Test func manyEventsInAnHour() throws {
    try expect(
      views(1300, every: { 1000 + Int64($0 % 7) * 400 }, products: 2),
      isBot: true,
      views: 1
    )
  }

  @Test func equalIntervals() throws {
    try expect(views(40, every: { _ in 5000 }), isBot: true, views: 1)
    try expect(views(40, every: { 5000 + Int64($0 % 5) * 2000 }), isBot: false, views: 2)
  }

  @Test func lookingAtEverythingWithNoPurpose() throws {
    let wide = views(320, every: { 40_000 + Int64($0 % 9) * 9000 }, products: 320)
    try expect(wide, isBot: true, views: 1)
    var withSearch = wide
    for number in stride(from: 0, to: wide.count, by: 20).reversed() {
      withSearch.insert(.search("lamp", by: "u", at: wide[number].time), at: number)
    }
    try expect(withSearch, isBot: false, views: 2)
  }

  @Test func aSlowBotThatLooksAtAThousandProducts() throws {
    // Five to fifteen minutes apart, by chance, over a week.
    var random = SeededRandom(seed: 5)
    var slow = views(
      1000,
      every: { _ in .random(in: 300_000...900_000, using: &random) },
      products: 1000
    )
    let end = slow[slow.count - 1].time
    for index in slow.indices { slow[index].time += clock.time - end }
    try expect(slow, isBot: true, views: 1)
  }

  @Test func agentsThatSaySo() throws {
    var event = Event.of(.view, "p0", by: "u", at: clock.time)
    event.agent = "Mozilla/5.0 (compatible; Googlebot/2.1)"
    try expect([event], isBot: true, views: 1)
    event.agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    try expect([event], isBot: false, views: 2)
  }

  @Test func aQuietDayMakesAPersonAgain() throws {
    try withStore(clock) { store in
      _ = try store.record(views(200, every: { _ in 100 }))
      clock.time += 2 * 86_400_000
      _ = try store.record([.of(.purchase, "p0", by: "u", at: clock.time)])
      #expect(try store.snapshot().shopper("u")?.isBot == false)
      #expect(try store.snapshot().counters(product: "p0", collection: "").purchases == 1)
      // What it did as a bot still counts for nothing, also once it is forgotten.
      try store.forget(shopper: "u")
      let counters = try store.snapshot().counters(product: "p0", collection: "")
      #expect(counters.views == 0 && counters.purchases == 0)
    }
  }

  @Test func onePersonCountsOnceInASession() throws {
    try expect(views(20, every: { 5000 + Int64($0 % 5) * 2000 }), isBot: false, views: 2)
  }
}

// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Behaviour

struct ClickModelTests {
  private func product(clicks: Float, examined: Float) -> Counters {
    var counters = Counters()
    counters.add(.of(.clicks, clicks) + .of(.examined, examined), at: 1, HalfLives())
    return counters
  }

  private func counts(clicks: Float, examined: Float) -> QueryProductCounts {
    QueryProductCounts([examined, clicks, 0, 0])
  }

  private var shop: Counters { product(clicks: 20_000, examined: 100_000) }

  private func model() -> ClickModel { ClickModel(shop: shop) }

  @Test func newProductsStandAtTheShopsRate() {
    let estimate = model().estimate(query: QueryProductCounts(), product: Counters())
    #expect(abs(estimate.clicks - 0.2) < 0.002 && estimate.evidence == 0)
  }

  @Test func evidenceMovesTheEstimateFromTheBackOff() {
    let good = product(clicks: 500, examined: 1000)
    let back = model().estimate(query: QueryProductCounts(), product: good).clicks
    #expect(abs(back - 0.486) < 0.002)
    let few = model().estimate(query: counts(clicks: 0, examined: 5), product: good).clicks
    let many = model().estimate(query: counts(clicks: 0, examined: 5000), product: good).clicks
    #expect(few < back && few > 0.3 && many < 0.01)
  }

  @Test func aLowPositionIsNoFault() throws {
    let clock = TestClock()
    try withStore(clock) { store in
      // One product stands first, the other tenth; each is clicked as often as it is looked at.
      let propensity = Propensities()[10]
      for number in 0..<300 {
        let shopper = "u\(number)"
        let shown = ["first"] + (2...9).map { "p\($0)" } + ["tenth"]
        let time = clock.time - Int64(300 - number) * 1000
        var search = Event.search("lamp", by: shopper, at: time, showing: shown)
        search.queryID = shopper
        var events = [search]
        func click(_ product: String, _ position: Int) {
          var event = Event.of(.click, product, by: shopper, at: time)
          event.queryID = shopper
          event.position = position
          events.append(event)
        }
        if number % 2 == 0 { click("first", 1) }
        if Float(number % 100) < 50 * propensity { click("tenth", 10) }
        _ = try store.record(events)
      }
      let snapshot = try store.snapshot()
      let model = try snapshot.clickModel()
      let counts = try snapshot.products(query: "lamp", collection: "")
      let (first, tenth) = (try #require(counts["first"]), try #require(counts["tenth"]))
      #expect(tenth.clicks < first.clicks / 2)
      #expect(abs(first.clicks / first.examined - tenth.clicks / tenth.examined) < 0.02)
      let other = try snapshot.estimate(model, query: "lamp", product: "p2", collection: "")
      let low = try snapshot.estimate(model, query: "lamp", product: "tenth", collection: "")
      #expect(low.clicks > 2 * other.clicks)
    }
  }

  @Test func whatIsLittleKnownDeviatesMost() {
    let known = product(clicks: 2000, examined: 10_000)
    let new = model().estimate(query: QueryProductCounts(), product: Counters())
    let old = model().estimate(query: counts(clicks: 440, examined: 2000), product: known)
    #expect(new.clicks < old.clicks && new.clickDeviation > 5 * old.clickDeviation)
    // The beta distribution of 4 clicks and 16 examinations without.
    #expect(abs(new.clickDeviation - (0.2 * 0.8 / 21 as Float).squareRoot()) < 1e-3)
  }
}

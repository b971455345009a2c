// SPDX-License-Identifier: Apache-2.0

import Behaviour
import Dispatch
import Foundation
import JSON

/// Measures how fast a store of events takes them in; see the help of `martlet events`.
struct EventsBenchmark {
  private final class Latencies: @unchecked Sendable {
    private let lock = NSLock()
    private var values: [Double] = []

    func add(_ value: Double) { lock.withLock { values.append(value) } }
    var count: Int { lock.withLock { values.count } }

    /// The 50th and the 99th of a hundred, and the greatest.
    var figures: JSON {
      let sorted = lock.withLock { values.sorted() }
      guard let last = sorted.last else { return .null }
      func rounded(_ value: Double) -> JSON { .double((value * 1000).rounded() / 1000) }
      return [
        "p50": rounded(sorted[sorted.count / 2]), "p99": rounded(sorted[sorted.count * 99 / 100]),
        "max": rounded(last), "count": .int(Int64(sorted.count)),
      ]
    }
  }

  /// Shoppers who buy one after the other while events of others stream in: from a purchase's
  /// acknowledgement to an answer that it has changed.
  private final class Effects: @unchecked Sendable {
    private let latencies = Latencies()
    private let done = DispatchSemaphore(value: 0)

    init(_ store: EventStore, seconds: Int) {
      DispatchQueue.global().async { [latencies, done] in
        let end = DispatchTime.now() + .seconds(seconds)
        var number = 0
        while DispatchTime.now() < end {
          number += 1
          let (shopper, product) = ("buyer-\(getpid())-\(number)", "product-\(number % 1000)")
          var event = Event(.purchase, shopper: shopper, time: EventsBenchmark.now)
          event.items = [Event.Item(product, price: 10)]
          guard (try? store.record([event])) != nil else { break }
          let acknowledged = DispatchTime.now().uptimeNanoseconds
          while (try? store.snapshot().rank(product, for: shopper)) != true {}
          latencies.add(Double(DispatchTime.now().uptimeNanoseconds - acknowledged) / 1e6)
          usleep(2000)
        }
        done.signal()
      }
    }

    /// The milliseconds, once all is measured.
    func wait() -> JSON {
      done.wait()
      return latencies.figures
    }
  }

  private static let products = 20_000
  private static let shoppers = 50_000

  private let store: EventStore
  private var number = 0

  init(_ store: EventStore) { self.store = store }

  mutating func run(seconds: Int) throws -> [UInt8] {
    let batches = try measureBatches(seconds: seconds)
    let effects = Effects(store, seconds: seconds)
    let (acknowledged, reading) = try measureSingles(seconds: seconds)
    let report: JSON = [
      "batch_events_per_second": .double(batches.rounded()), "single_ack_ms": acknowledged,
      "effect_ms": effects.wait(), "profile_us": reading, "features_us": try measureFeatures(),
    ]
    return report.serialized()
  }

  private mutating func event() -> Event {
    number += 1
    // Squaring makes some products and shoppers far busier than others.
    func skewed(_ count: Int) -> Int {
      let share = Double.random(in: 0..<1)
      return Int(share * share * Double(count))
    }
    let kinds: [Event.Kind] = [.search, .view, .click, .click, .addToCart, .purchase]
    var event = Event(
      kinds[number % kinds.count],
      shopper: "shopper-\(skewed(Self.shoppers))",
      time: Self.now
    )
    event.id = "event-\(getpid())-\(number)"
    event.query = "query \(skewed(5000))"
    event.items = (0..<(event.kind == .search ? 10 : 1)).map { _ in
      Event.Item("product-\(skewed(Self.products))", price: 10)
    }
    return event
  }

  private static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

  private mutating func measureBatches(seconds: Int) throws -> Double {
    var taken = 0
    var busy: UInt64 = 0
    let end = DispatchTime.now() + .seconds(seconds)
    while DispatchTime.now() < end {
      let batch = (0..<1000).map { _ in event() }
      let start = DispatchTime.now().uptimeNanoseconds
      taken += try store.record(batch).count
      busy += DispatchTime.now().uptimeNanoseconds - start
    }
    return Double(taken) / (Double(max(1, busy)) / 1e9)
  }

  /// Microseconds for the columns of 1,000 candidates, with a snapshot of its own each time.
  private func measureFeatures() throws -> JSON {
    let latencies = Latencies()
    let products = (0..<1000).map { "product-\($0 * Self.products / 1000)" }
    let numbers = try store.snapshot().numbers(of: products, collection: "")
    for round in 0..<200 {
      let began = DispatchTime.now().uptimeNanoseconds
      let snapshot = try store.snapshot()
      _ = try snapshot.features(
        of: numbers,
        query: "query \(round)",
        collection: "",
        shopper: "shopper-\(round)",
        model: snapshot.clickModel()
      )
      latencies.add(Double(DispatchTime.now().uptimeNanoseconds - began) / 1e3)
    }
    return latencies.figures
  }

  private mutating func measureSingles(seconds: Int) throws -> (JSON, JSON) {
    let (acknowledged, reading) = (Latencies(), Latencies())
    let first = DispatchTime.now().uptimeNanoseconds
    let total = seconds * 1000
    for index in 0..<total {
      let due = first + UInt64(index) * 1_000_000
      let start = DispatchTime.now().uptimeNanoseconds
      if due > start { usleep(UInt32((due - start) / 1000)) }
      let event = event()
      let sent = DispatchTime.now().uptimeNanoseconds
      try store.submit([event]) { result in
        guard case .success = result else { return }
        acknowledged.add(Double(DispatchTime.now().uptimeNanoseconds - sent) / 1e6)
      }
      guard index % 10 == 0 else { continue }
      let began = DispatchTime.now().uptimeNanoseconds
      _ = try store.snapshot().shopper(event.shopper)
      reading.add(Double(DispatchTime.now().uptimeNanoseconds - began) / 1e3)
    }
    _ = try store.record([event()])
    return (acknowledged.figures, reading.figures)
  }
}

extension BehaviourSnapshot {
  /// Whether the columns that ranking reads tell a shopper's purchase.
  fileprivate func rank(_ product: String, for shopper: String) throws -> Bool {
    guard try self.shopper(shopper)?.recent.first?.product == product else { return false }
    let columns = try features(
      of: numbers(of: [product], collection: ""),
      query: "",
      collection: "",
      shopper: shopper,
      model: clickModel()
    )
    return columns.popularity[0] > 0
  }
}

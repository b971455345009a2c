// SPDX-License-Identifier: Apache-2.0

import Dispatch
import JSON
import Synchronization

/// Counts and times requests by route.
final class Meters: Sendable {
  /// Upper ends of the histogram's buckets, in seconds.
  static let bounds: [Double] = [
    0.000_05, 0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
    2.5, 5, 10,
  ]
  /// Seconds that the recent figures are of.
  static let window = 10

  /// One route's figures.
  struct Route: Sendable {
    /// Requests by bucket, not summed up; the last is of those above all bounds.
    var buckets = [Int](repeating: 0, count: bounds.count + 1)
    var seconds = 0.0
    var statuses: [Int: Int] = [:]
    /// By second modulo the window and one more: which second, how many requests, how long.
    fileprivate var recent = [(second: UInt64, count: Int, seconds: Double)](
      repeating: (0, 0, 0),
      count: window + 1
    )

    var count: Int { buckets.reduce(0, +) }

    /// Requests a second and mean milliseconds over the last whole seconds of the window.
    func recently(_ now: UInt64) -> (perSecond: Double, milliseconds: Double) {
      let live = recent.filter { $0.second < now && $0.second + UInt64(window) >= now }
      let count = live.reduce(0) { $0 + $1.count }
      let seconds = live.reduce(0) { $0 + $1.seconds }
      return (Double(count) / Double(window), count > 0 ? seconds / Double(count) * 1000 : 0)
    }
  }

  /// The routes as "METHOD /path".
  let names: [String]
  private let routes: [Mutex<Route>.Box]
  let slowLog = SlowLog()

  init(_ names: [String]) {
    self.names = names
    routes = names.map { _ in Mutex<Route>.Box(Route()) }
  }

  /// Seconds since the machine started.
  static var second: UInt64 { DispatchTime.now().uptimeNanoseconds / 1_000_000_000 }

  /// Counts a request of a route.
  func record(_ index: Int, _ status: Int, since started: UInt64) {
    let now = DispatchTime.now().uptimeNanoseconds
    let seconds = Double(now - min(now, started)) / 1e9
    let second = now / 1_000_000_000
    let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
    routes[index].value.withLock { route in
      route.buckets[bucket] += 1
      route.seconds += seconds
      route.statuses[status, default: 0] += 1
      let slot = Int(second % UInt64(Self.window + 1))
      if route.recent[slot].second != second { route.recent[slot] = (second, 0, 0) }
      route.recent[slot].count += 1
      route.recent[slot].seconds += seconds
    }
    slowLog.note(names[index], status, seconds)
  }

  /// All routes' figures, in the order of ``names``.
  var all: [Route] { routes.map { $0.value.withLock { $0 } } }
}

extension Mutex where Value: Sendable {
  /// A mutex in a class, so that an array can hold it.
  final class Box: Sendable {
    let value: Mutex<Value>
    init(_ value: Value) { self.value = Mutex(value) }
  }
}

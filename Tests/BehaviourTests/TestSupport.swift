// SPDX-License-Identifier: Apache-2.0

import Foundation
import LMDBStore
import TestSupport

@testable import Behaviour

/// A moment that tests set, in milliseconds since 1970.
final class TestClock: @unchecked Sendable {
  private let now: Locked<Int64>
  init(_ now: Int64 = 1_780_000_000_000) { self.now = Locked(now) }
  var time: Int64 {
    get { now.get() }
    set { now.set(newValue) }
  }
}

/// Runs `body` with an empty store whose time stands at `clock`.
func withStore<T>(
  _ clock: TestClock = TestClock(),
  _ change: (inout EventStore.Options) -> Void = { _ in },
  _ body: (EventStore) throws -> T
) throws -> T {
  try withTemporaryDirectory { directory in
    var options = EventStore.Options()
    options.clock = { clock.time }
    change(&options)
    return try body(
      EventStore(environment: Environment(directory: directory), options: options)
    )
  }
}

extension Event {
  /// An event of one product.
  static func of(
    _ kind: Kind,
    _ product: String,
    by shopper: String,
    at time: Int64,
    query: String = ""
  ) -> Event {
    var event = Event(kind, shopper: shopper, time: time)
    event.items = [Item(product)]
    event.query = query
    return event
  }

  /// A search and what it showed.
  static func search(
    _ query: String,
    by shopper: String,
    at time: Int64,
    showing products: [String] = []
  ) -> Event {
    var event = Event(.search, shopper: shopper, time: time)
    event.query = query
    event.items = products.map { Item($0) }
    event.hasResults = true
    return event
  }
}

extension Outcome {
  var isAccepted: Bool { if case .accepted = self { true } else { false } }
}

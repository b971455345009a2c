// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Values that are dear to make, kept for reuse: each is lent to one caller at a time.
final class ReusePool<Value>: Sendable {
  /// A value passes between threads only through the pool.
  private struct Lent: @unchecked Sendable {
    let value: Value
  }

  private let limit: Int
  private let idle = Mutex<[Lent]>([])

  /// Creates a pool that keeps `limit` values at most.
  init(limit: Int) { self.limit = limit }

  /// Lends a value to `body`, made by `make` if none is idle.
  func withValue<T>(_ make: () throws -> Value, _ body: (Value) throws -> T) throws -> T {
    let lent = try idle.withLock { $0.popLast() } ?? Lent(value: make())
    defer { idle.withLock { if $0.count < limit { $0.append(lent) } } }
    return try body(lent.value)
  }
}

// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A value behind a lock of the C library.
///
/// The thread sanitizer knows this lock; it does not know that of Synchronization's Mutex and reports
/// what is locked by it as raced for.
final class Locked<Value: ~Copyable>: @unchecked Sendable {
  private let lock = NSLock()
  private var value: Value

  init(_ value: consuming Value) { self.value = value }

  /// Calls `body` with the value, one thread at a time.
  func withLock<Result, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    lock.lock()
    defer { lock.unlock() }
    return try body(&value)
  }
}

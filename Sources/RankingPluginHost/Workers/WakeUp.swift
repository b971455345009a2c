// SPDX-License-Identifier: Apache-2.0

internal import CPluginRuntime

/// A count to sleep on: who finds nothing to do waits for it to change.
final class WakeUp: @unchecked Sendable {
  private let word: UnsafeMutablePointer<UInt32>

  init() {
    word = .allocate(capacity: 1)
    word.initialize(to: 0)
  }

  deinit { word.deallocate() }

  /// The count; read it before looking for something to do.
  var count: UInt32 { martlet_load(word) }

  /// Sleeps until the count is past `seen` or the monotonic time has come; may return early.
  func wait(past seen: UInt32, until deadline: UInt64) { _ = martlet_wait(word, seen, deadline) }

  /// Changes the count and wakes one sleeper, or all.
  func announce(all: Bool = false) {
    _ = martlet_add(word, 1)
    martlet_wake(word, all ? .max : 1)
  }
}

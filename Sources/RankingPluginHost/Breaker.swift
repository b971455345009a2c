// SPDX-License-Identifier: Apache-2.0

/// Lets a failing plugin rest, so that queries do not spend their budgets on it.
///
/// Closed: all calls pass. Opens when ``failureLimit`` of the last ``windowSize`` calls failed, for
/// ``firstRest``; then half-open: one call passes as a probe. If it succeeds the breaker closes and
/// forgets; if it fails it opens again for twice as long, at most ``longestRest``.
struct Breaker {
  enum State: String { case closed, open, halfOpen = "half_open" }

  static let windowSize = 20
  static let failureLimit = 5
  static let firstRest: UInt64 = 1_000_000_000
  static let longestRest: UInt64 = 60_000_000_000

  private(set) var state = State.closed
  /// How often the state changed.
  private(set) var changes = 0
  private var history: UInt32 = 0
  private var rest = Breaker.firstRest
  private var restEnd: UInt64 = 0

  /// Whether a call may go ahead; the caller then owes ``record(success:now:)`` or ``skip()``.
  mutating func allows(now: UInt64) -> Bool {
    switch state {
    case .closed: return true
    case .halfOpen: return false
    case .open:
      guard now >= restEnd else { return false }
      change(to: .halfOpen)
      return true
    }
  }

  /// Takes the outcome of a call.
  mutating func record(success: Bool, now: UInt64) {
    switch state {
    case .halfOpen:
      rest = success ? Self.firstRest : min(rest * 2, Self.longestRest)
      if success { change(to: .closed) } else { open(now) }
    case .closed:
      history = (history << 1 | (success ? 0 : 1)) & (1 << Self.windowSize - 1)
      if history.nonzeroBitCount >= Self.failureLimit { open(now) }
    case .open: break  // a call that began before the breaker opened
    }
  }

  /// Takes back a call that never reached the plugin.
  mutating func skip(now: UInt64) {
    if state == .halfOpen {
      change(to: .open)
      restEnd = now
    }
  }

  private mutating func open(_ now: UInt64) {
    history = 0
    restEnd = now + rest
    change(to: .open)
  }

  private mutating func change(to next: State) {
    state = next
    changes += 1
  }
}

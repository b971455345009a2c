// SPDX-License-Identifier: Apache-2.0

/// Lets a failing plugin rest, so that queries do not spend their budgets on it.
///
/// Closed: all calls pass. Opens when too many of the last calls failed; after its rest half-open:
/// one call passes as a probe. If it succeeds the breaker closes and forgets; if it fails the
/// breaker opens again for twice as long, up to a limit (Nygard, Release It!, 2007).
struct Breaker {
  enum State: String { case closed, open, halfOpen = "half_open" }

  private(set) var state = State.closed
  /// How often the state changed.
  private(set) var changes = 0
  private let limits: BreakerLimits
  /// The latest calls, the newest in the lowest bit; a failed one is 1.
  private var history: UInt64 = 0
  private var rest: UInt64
  private var restEnd: UInt64 = 0

  init(_ limits: BreakerLimits) {
    self.limits = limits
    rest = UInt64(max(0, limits.restMilliseconds)) * 1_000_000
  }

  private var firstRest: UInt64 { UInt64(max(0, limits.restMilliseconds)) * 1_000_000 }

  private var longestRest: UInt64 { UInt64(max(0, limits.longestRestMilliseconds)) * 1_000_000 }

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
      rest = success ? firstRest : min(rest * 2, longestRest)
      if success { change(to: .closed) } else { open(now) }
    case .closed:
      history = history << 1 | (success ? 0 : 1)
      let counted = history << UInt64(64 - min(max(1, limits.window), 64))
      if counted.nonzeroBitCount >= max(1, limits.failures) { open(now) }
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

// SPDX-License-Identifier: Apache-2.0

import Dispatch

/// What a piece of work lately took, and so whether another one ends in time.
struct Pace {
  /// Nanoseconds of one unit of work, a moving average; 0 before the first.
  private(set) var cost = 0.0

  /// Nanoseconds of the monotonic clock.
  static var now: UInt64 { DispatchTime.now().uptimeNanoseconds }

  /// Nanoseconds until a deadline.
  func timeLeft(until deadline: UInt64) -> Double {
    let now = Self.now
    return deadline > now ? Double(deadline - now) : 0
  }

  /// Whether so many units will be done by the deadline, a quarter of their time to spare.
  func allows(_ units: Int, until deadline: UInt64) -> Bool {
    cost * Double(units) * 1.25 <= timeLeft(until: deadline)
  }

  /// Notes what units took.
  ///
  /// Work that another process delayed says little: growth counts fourfold at most.
  mutating func note(_ units: Int, since started: UInt64) {
    let new = Double(Self.now - started) / Double(max(1, units))
    cost = cost == 0 ? new : (cost + min(new, cost * 4)) / 2
  }

  /// Lets a cost that kept work from being tried fade, so that it is tried again.
  mutating func forget() { cost *= 0.9 }
}

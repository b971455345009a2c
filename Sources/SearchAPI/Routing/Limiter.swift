// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Synchronization

/// Holds each key to a rate, by a token bucket that fills in a second, and to a number of requests at
/// once.
final class Limiter: Sendable {
  /// A request's place among those at work; given back when it is gone.
  final class Ticket: Sendable {
    private let limiter: Limiter?
    private let key: Int64

    fileprivate init(_ limiter: Limiter?, _ key: Int64) {
      self.limiter = limiter
      self.key = key
    }

    deinit { limiter?.leave(key) }
  }

  private struct State {
    var tokens: Double
    var filled: UInt64
    var atWork = 0
  }

  private let requestsPerSecond: Double?
  private let concurrentRequests: Int?
  private let states = Mutex<[Int64: State]>([:])
  private let free = Ticket(nil, 0)

  init(requestsPerSecond: Int?, concurrentRequests: Int?) {
    self.requestsPerSecond = requestsPerSecond.map(Double.init)
    self.concurrentRequests = concurrentRequests
  }

  /// Takes a place for a request of a key; nil is the bootstrap key, which has no limit.
  ///
  /// - Throws: ``APIError`` with status 429.
  func admit(_ key: Int64?) throws -> Ticket {
    guard let key, requestsPerSecond != nil || concurrentRequests != nil else { return free }
    let now = DispatchTime.now().uptimeNanoseconds
    let isAdmitted = states.withLock { states in
      let rate = requestsPerSecond ?? .infinity
      var state = states[key] ?? State(tokens: rate, filled: now)
      state.tokens = min(rate, state.tokens + Double(now - min(now, state.filled)) / 1e9 * rate)
      state.filled = now
      let fits = state.tokens >= 1 && state.atWork < concurrentRequests ?? .max
      if fits {
        state.tokens -= 1
        state.atWork += 1
      }
      states[key] = state
      return fits
    }
    guard isAdmitted else {
      throw APIError(status: 429, message: "Too many requests with this key: send fewer a second.")
    }
    return Ticket(self, key)
  }

  private func leave(_ key: Int64) { states.withLock { $0[key]?.atWork -= 1 } }
}

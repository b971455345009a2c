// SPDX-License-Identifier: Apache-2.0
//
// Analytics rules tell collections what they have counted: queries as documents of their own, counters
// as a field of products. What is written follows from the counts alone, which are on disk with the
// events, so it can be written late, again, or after the destination was missing.

import Behaviour
import Dispatch
import Foundation
import JSON
import SearchIndex
import Synchronization

/// What telling the destinations of analytics rules has come to since the start.
public struct DestinationCounts: Sendable {
  /// Documents of queries that were written.
  public var queries = 0
  /// Documents of queries that were removed.
  public var removedQueries = 0
  /// Products whose counters were written.
  public var counters = 0
  /// Documents that a destination refused.
  public var refused = 0
  /// Rules whose destination was missing or unfit at the last attempt.
  public var missing = 0
}

/// Writes what analytics rules have counted to the collections that they name.
final class RuleDestinations: Sendable {
  /// Documents in one write.
  static let batch = 1000

  struct State: Sendable {
    var counts = DestinationCounts()
    /// What went wrong at the last attempt, by rule.
    var problems: [String: String] = [:]
    /// The counts that have been told, by their revision; nil if some could not be.
    var told: Int?
    /// The rules that it was told of.
    var rules: [JSON] = []
    /// By collection of queries, the ids of those written.
    var written: [ObjectIdentifier: Set<String>] = [:]
  }

  let state = Mutex(State())
  /// Held by who writes.
  let writing = NSLock()
  let queue = DispatchQueue(label: "martlet.destinations", qos: .utility)
}

extension Engine {
  /// What has been written for analytics rules since the start.
  public var destinationCounts: DestinationCounts {
    destinations.state.withLock { $0.counts }
  }

  /// Writes what analytics rules have counted every so many seconds from now on, on a thread of low
  /// priority; after a long round, only once ten times as long has passed.
  public func startDestinations(every seconds: Int) {
    tellDestinations(after: Double(seconds), then: Double(seconds))
  }

  private func tellDestinations(after delay: Double, then seconds: Double) {
    destinations.queue.asyncAfter(deadline: .now() + delay) { [weak self] in
      guard let self else { return }
      let started = DispatchTime.now().uptimeNanoseconds
      _ = tellDestinations()
      let took = Double(DispatchTime.now().uptimeNanoseconds - started) / 1e9
      tellDestinations(after: max(seconds, 10 * took), then: seconds)
    }
  }

  /// Writes what analytics rules have counted and their destinations have not been told.
  ///
  /// - Returns: What went wrong, by rule.
  public func tellDestinations() -> [String: String] {
    destinations.writing.withLock {
      var round = DestinationRound(engine: self, state: destinations.state.withLock { $0 })
      round.run()
      destinations.state.withLock { $0 = round.state }
      return round.state.problems
    }
  }
}

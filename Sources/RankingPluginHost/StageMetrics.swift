// SPDX-License-Identifier: Apache-2.0

internal import Ranking

/// Counters of one plugin's stage: calls by outcome and their times.
final class StageMetrics: Sendable {
  /// The upper bounds of the histogram's buckets in microseconds; one more takes the rest.
  static let bounds = [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000]

  private let counts = Locked(Counts())

  struct Counts {
    var byStatus: [StageStatus: Int] = [:]
    var buckets = [Int](repeating: 0, count: StageMetrics.bounds.count + 1)
    var microseconds = 0
  }

  func record(_ status: StageStatus, nanoseconds: UInt64) {
    let microseconds = Int(nanoseconds / 1000)
    let bucket = Self.bounds.firstIndex { microseconds <= $0 } ?? Self.bounds.count
    counts.withLock { counts in
      counts.byStatus[status, default: 0] += 1
      counts.buckets[bucket] += 1
      counts.microseconds += microseconds
    }
  }

  /// Counts a query that did not reach the plugin.
  func recordUnreached(_ status: StageStatus) {
    counts.withLock { $0.byStatus[status, default: 0] += 1 }
  }

  var snapshot: Counts { counts.withLock { $0 } }
}

// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// Writes a line to standard error for each request that took long.
final class SlowLog: Sendable {
  private let milliseconds = Atomic<Int>(-1)

  /// Logs requests of so many milliseconds and more from now on; -1 for none.
  func log(from milliseconds: Int) { self.milliseconds.store(milliseconds, ordering: .relaxed) }

  /// Takes note of an answered request.
  func note(_ route: String, _ status: Int, _ seconds: Double) {
    let least = milliseconds.load(ordering: .relaxed)
    guard least >= 0, seconds * 1000 >= Double(least) else { return }
    let line = "slow request: \(route) status=\(status) ms=\(Int(seconds * 1000))\n"
    // A log that cannot be written, its disk being full, must not stop the server.
    try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
  }
}

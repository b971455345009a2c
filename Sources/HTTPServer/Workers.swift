// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// Threads for what would hold up others, and how much of it may wait.
final class Workers: Sendable {
  private let queue = OperationQueue()
  private let room: Int
  private let bytesLimit: Int
  private let admitted = Atomic<Int>(0)
  private let bytes = Atomic<Int>(0)

  /// Creates workers for `room` requests, waiting or at work, with `bytesLimit` bytes of bodies.
  init(threads: Int, room: Int, bytesLimit: Int) {
    queue.maxConcurrentOperationCount = threads
    self.room = room
    self.bytesLimit = bytesLimit
  }

  /// Takes a place for a request; false if there is none.
  func admit() -> Bool {
    if admitted.add(1, ordering: .relaxed).newValue <= room { return true }
    leave()
    return false
  }

  /// Gives the place back.
  func leave() { admitted.subtract(1, ordering: .relaxed) }

  /// Takes room for bytes of a body; false if there is none, and nothing is taken.
  func hold(_ count: Int) -> Bool {
    if bytes.add(count, ordering: .relaxed).newValue <= bytesLimit { return true }
    release(count)
    return false
  }

  /// Gives room for bytes back.
  func release(_ count: Int) { bytes.subtract(count, ordering: .relaxed) }

  /// Requests waiting or at work.
  var count: Int { admitted.load(ordering: .relaxed) }

  /// Runs `work` on a worker.
  func run(_ work: @escaping @Sendable () -> Void) { queue.addOperation(work) }
}

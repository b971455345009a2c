// SPDX-License-Identifier: Apache-2.0

/// Something that serves a slot until it ends: a thread of this process or a helper process.
protocol Worker: AnyObject, Sendable {
  var slot: Slot { get }
  /// Whether a call that is late is ended by force. One that is not keeps its thread.
  var isKillable: Bool { get }
  /// Starts it; what becomes of it goes to the worker's events.
  func start()
  /// The host has given up the running call.
  func abandon()
  /// Ends it: at once, or after the running call where it cannot be killed.
  func stop()
}

/// What a worker tells its pool; called on the worker's threads.
struct WorkerEvents: Sendable {
  /// The worker can take a call: for the first time, or again after an abandoned one.
  var ready: @Sendable (any Worker) -> Void
  /// The worker is gone, and why.
  ///
  /// The event's thread has nothing else to do.
  var ended: @Sendable (any Worker, String) -> Void
}

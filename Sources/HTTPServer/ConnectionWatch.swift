// SPDX-License-Identifier: Apache-2.0
//
// libmicrohttpd closes a connection on which nothing happens; one that sends a byte now and then it
// keeps for ever. So each connection has a time by which its next head, body or answer must be through,
// and is shut down when that passes: the daemon then sees its end and closes it.

import Foundation
import Synchronization

/// Shuts down connections that take too long.
final class ConnectionWatch: @unchecked Sendable {
  /// Bytes a second below which a client is too slow.
  static let leastRate = 1000
  /// Files that the process may have open beside its connections.
  private static let otherFiles = 4096
  /// Seconds that every head, body and answer may take, however short.
  let patience: Int

  // By socket, whose numbers are the lowest free ones; set without a lock, several times a request.
  private let deadlines: UnsafeMutablePointer<Atomic<UInt64>>
  private let count: Int
  /// Held while sockets are shut down, so that none of them is closed and its number used again.
  private let shutdowns = Mutex<Void>(())
  private let timer: any DispatchSourceTimer

  init(patience: Int, connections: UInt32) {
    self.patience = patience
    count = Int(connections) + Self.otherFiles
    deadlines = .allocate(capacity: count)
    for socket in 0..<count { (deadlines + socket).initialize(to: Atomic(.max)) }
    timer = DispatchSource.makeTimerSource(queue: .global(qos: .utility))
    timer.schedule(deadline: .now() + 1, repeating: 1)
    timer.setEventHandler { [weak self] in self?.shutDownLate() }
    timer.activate()
  }

  deinit {
    timer.cancel()
    deadlines.deinitialize(count: count)
    deadlines.deallocate()
  }

  private func set(_ socket: Int32, _ deadline: UInt64) {
    guard (0..<count).contains(Int(socket)) else { return }
    deadlines[Int(socket)].store(deadline, ordering: .relaxed)
  }

  /// Gives the socket's connection the time for so many bytes, and `seconds` more.
  func expect(_ socket: Int32, bytes: Int = 0, seconds: Int = 0) {
    let all = UInt64(patience + bytes / Self.leastRate + seconds)
    set(socket, DispatchTime.now().uptimeNanoseconds + all * 1_000_000_000)
  }

  /// Gives the connection all the time it needs, as long as the server is at work on its request.
  func rest(_ socket: Int32) { set(socket, .max) }

  /// Forgets a socket, which must not have been closed yet.
  func forget(_ socket: Int32) { shutdowns.withLock { _ in set(socket, .max) } }

  private func shutDownLate() {
    let now = DispatchTime.now().uptimeNanoseconds
    shutdowns.withLock { _ in
      for socket in 0..<count where deadlines[socket].load(ordering: .relaxed) < now {
        shutdown(Int32(socket), Int32(SHUT_RDWR))
        deadlines[socket].store(.max, ordering: .relaxed)
      }
    }
  }
}

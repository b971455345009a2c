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
  /// Seconds that every head, body and answer may take, however short.
  let patience: Int

  private let deadlines = Mutex<[Int32: UInt64]>([:])
  private let timer: any DispatchSourceTimer

  init(patience: Int) {
    self.patience = patience
    timer = DispatchSource.makeTimerSource(queue: .global(qos: .utility))
    timer.schedule(deadline: .now() + 1, repeating: 1)
    timer.setEventHandler { [weak self] in self?.shutDownLate() }
    timer.activate()
  }

  deinit { timer.cancel() }

  /// Gives the socket's connection the time for so many bytes, and `seconds` more.
  func expect(_ socket: Int32, bytes: Int = 0, seconds: Int = 0) {
    let all = UInt64(patience + bytes / Self.leastRate + seconds)
    let deadline = DispatchTime.now().uptimeNanoseconds + all * 1_000_000_000
    deadlines.withLock { $0[socket] = deadline }
  }

  /// Gives the connection all the time it needs, as long as the server is at work on its request.
  func rest(_ socket: Int32) { deadlines.withLock { $0[socket] = .max } }

  /// Forgets a socket, which must not have been closed yet.
  func forget(_ socket: Int32) { deadlines.withLock { $0[socket] = nil } }

  private func shutDownLate() {
    let now = DispatchTime.now().uptimeNanoseconds
    deadlines.withLock { deadlines in
      for (socket, deadline) in deadlines where deadline < now {
        shutdown(socket, Int32(SHUT_RDWR))
        deadlines[socket] = .max
      }
    }
  }
}

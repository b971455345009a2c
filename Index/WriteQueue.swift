// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Gathers the writes of several threads into common commits.
///
/// The first writer to come leads: it commits for itself and for all who came meanwhile, until none
/// waits. The others sleep until their results are there.
final class WriteQueue: @unchecked Sendable {
  /// Operations of several writers in one commit at most; a longer write has a commit to itself.
  private static let commitLimit = 20_000
  /// Bytes of documents that may wait; more are turned away, so that memory stays bounded.
  private static let byteLimit = 256 << 20

  private final class Entry {
    let operations: [DocumentOperation]
    let bytes: Int
    var outcome: Result<[OperationResult], any Error>?

    init(_ operations: [DocumentOperation]) {
      self.operations = operations
      bytes = operations.reduce(0) { $0 + $1.document.count + 64 }
    }
  }

  private let condition = NSCondition()
  private var waiting: [Entry] = []
  private var waitingBytes = 0
  private var hasLeader = false

  /// Writes operations, perhaps together with others'.
  ///
  /// - Parameters:
  ///   - operations: The changes, kept together and in order.
  ///   - commit: Makes one commit and gives a result per operation; called by one thread at a time.
  /// - Returns: One result per operation.
  /// - Throws: ``IndexError`` with code busy if too much is waiting; what `commit` throws.
  func submit(
    _ operations: [DocumentOperation],
    commit: ([DocumentOperation]) throws -> [OperationResult]
  ) throws -> [OperationResult] {
    let own = Entry(operations)
    condition.lock()
    guard waiting.isEmpty || waitingBytes + own.bytes <= Self.byteLimit else {
      condition.unlock()
      throw IndexError(.busy, "Too many writes are waiting: try again in a second.")
    }
    waiting.append(own)
    waitingBytes += own.bytes
    while own.outcome == nil {
      if hasLeader {
        condition.wait()
        continue
      }
      hasLeader = true
      let entries = takeNext()
      condition.unlock()
      run(entries, commit)
      condition.lock()
      hasLeader = false
      condition.broadcast()
    }
    condition.unlock()
    return try own.outcome?.get() ?? []
  }

  /// The writes of the next commit, in the order of their coming.
  private func takeNext() -> [Entry] {
    var count = 0
    let taken = waiting.prefix { entry in
      defer { count += entry.operations.count }
      return count == 0 || count + entry.operations.count <= Self.commitLimit
    }
    waiting.removeFirst(taken.count)
    waitingBytes -= taken.reduce(0) { $0 + $1.bytes }
    return Array(taken)
  }

  private func run(
    _ entries: [Entry],
    _ commit: ([DocumentOperation]) throws -> [OperationResult]
  ) {
    do {
      var results = try commit(entries.flatMap(\.operations))[...]
      for entry in entries {
        entry.outcome = .success(Array(results.prefix(entry.operations.count)))
        results = results.dropFirst(entry.operations.count)
      }
    } catch {
      for entry in entries { entry.outcome = .failure(error) }
    }
  }
}

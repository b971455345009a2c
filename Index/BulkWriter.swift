// SPDX-License-Identifier: Apache-2.0

import Dispatch

/// Writes batches one after the other, each while the caller gathers the next.
///
/// One thread at a time. Two batches are held at most: the one being written and the one handed over.
public final class BulkWriter {
  private final class Pending: @unchecked Sendable {
    let operations: [DocumentOperation]
    /// Set by the queue, read after the group says that it is done.
    var results: Result<[OperationResult], any Error> = .success([])

    init(_ operations: [DocumentOperation]) { self.operations = operations }
  }

  private let collection: Collection
  private let queue = DispatchQueue(label: "martlet.bulk")
  private let group = DispatchGroup()
  private var pending: Pending?

  /// Creates a writer into a collection.
  public init(into collection: Collection) { self.collection = collection }

  /// Starts to write a batch once the one before it is on disk.
  ///
  /// - Parameter operations: The changes, applied in order in one commit.
  /// - Returns: The results of the batch before; none for the first.
  /// - Throws: What ``Collection/write(_:)`` threw for the batch before; this one is then not written.
  public func write(_ operations: [DocumentOperation]) throws -> [OperationResult] {
    let results = try finish()
    let batch = Pending(operations)
    pending = batch
    queue.async(group: group) { [collection] in
      batch.results = Result { try collection.write(batch.operations) }
    }
    return results
  }

  /// Waits until the last batch is on disk.
  ///
  /// - Returns: Its results; none if there is no batch under way.
  /// - Throws: What ``Collection/write(_:)`` threw for it.
  public func finish() throws -> [OperationResult] {
    guard let batch = pending else { return [] }
    pending = nil
    group.wait()
    return try batch.results.get()
  }

  deinit { group.wait() }
}

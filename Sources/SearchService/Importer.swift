// SPDX-License-Identifier: Apache-2.0

public import SearchIndex

/// Reads documents as JSON lines into a collection, batch by batch, each written while the next is read.
public struct Importer {
  /// A line that was refused.
  public struct BadLine: Sendable {
    /// The line's number in the input, from 1.
    public var line: Int
    /// Why, with the remedy.
    public var reason: String
  }

  /// Documents in one commit at most: large commits make large segments, which are merged less.
  public static let batchSize = 100_000
  /// Bytes in one commit, about; an import holds two in memory.
  public static let batchBytes = 64 << 20

  private let writer: BulkWriter
  private let action: DocumentOperation.Action
  private var batch: [(line: Int, operation: DocumentOperation)] = []
  private var bytes = 0
  /// The lines of the batch being written.
  private var written: [Int] = []

  /// Documents that are on disk.
  public private(set) var imported = 0
  /// Lines refused so far.
  public private(set) var refused = 0

  /// Creates an importer.
  public init(into collection: Collection, action: DocumentOperation.Action) {
    writer = BulkWriter(into: collection)
    self.action = action
  }

  /// Takes one line; blank ones are skipped.
  ///
  /// Every ``batchSize`` documents, or ``batchBytes``, are a commit.
  ///
  /// - Returns: The lines refused in a commit that this call has waited for.
  public mutating func add(
    _ bytes: UnsafeBufferPointer<UInt8>,
    line: Int
  ) throws -> [BadLine] {
    guard !LineReader.isBlank(bytes) else { return [] }
    batch.append((line, DocumentOperation(action, utf8: Array(bytes))))
    self.bytes += bytes.count
    return batch.count >= Self.batchSize || self.bytes >= Self.batchBytes ? try handOver() : []
  }

  /// Commits what has been taken.
  ///
  /// - Returns: The lines refused since those returned last.
  public mutating func flush() throws -> [BadLine] {
    // The second finds nothing to write, and waits for what the first has started.
    try handOver() + handOver()
  }

  /// Starts to write what has been taken, once the batch before is on disk.
  private mutating func handOver() throws -> [BadLine] {
    let operations = batch.map(\.operation)
    let results = try operations.isEmpty ? writer.finish() : writer.write(operations)
    var bad: [BadLine] = []
    for (line, result) in zip(written, results) {
      switch result {
      case .success: imported += 1
      case .failure(let error):
        refused += 1
        bad.append(BadLine(line: line, reason: error.message))
      }
    }
    written = batch.map(\.line)
    batch.removeAll(keepingCapacity: true)
    bytes = 0
    return bad
  }
}

// SPDX-License-Identifier: Apache-2.0

public import SearchIndex

/// Reads documents as JSON lines into a collection, batch by batch.
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
  /// Bytes in one commit, about: what an import holds in memory.
  public static let batchBytes = 64 << 20

  private let collection: Collection
  private let action: DocumentOperation.Action
  private var batch: [(line: Int, operation: DocumentOperation)] = []
  private var bytes = 0

  /// Documents that are on disk.
  public private(set) var imported = 0
  /// Lines refused so far.
  public private(set) var refused = 0

  /// Creates an importer.
  public init(into collection: Collection, action: DocumentOperation.Action) {
    self.collection = collection
    self.action = action
  }

  /// Takes one line; blank ones are skipped.
  ///
  /// Every ``batchSize`` documents, or ``batchBytes``, are committed.
  ///
  /// - Returns: The lines refused by this call.
  public mutating func add(
    _ bytes: UnsafeBufferPointer<UInt8>,
    line: Int
  ) throws -> [BadLine] {
    guard !LineReader.isBlank(bytes) else { return [] }
    batch.append((line, DocumentOperation(action, utf8: Array(bytes))))
    self.bytes += bytes.count
    return batch.count >= Self.batchSize || self.bytes >= Self.batchBytes ? try flush() : []
  }

  /// Commits what has been taken.
  public mutating func flush() throws -> [BadLine] {
    let lines = batch.map(\.line)
    let operations = batch.map(\.operation)
    batch.removeAll(keepingCapacity: true)
    bytes = 0
    guard !operations.isEmpty else { return [] }
    var bad: [BadLine] = []
    for (line, result) in zip(lines, try collection.write(operations)) {
      switch result {
      case .success: imported += 1
      case .failure(let error):
        refused += 1
        bad.append(BadLine(line: line, reason: error.message))
      }
    }
    return bad
  }
}

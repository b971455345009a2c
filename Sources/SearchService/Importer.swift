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

  /// Documents in one commit at most.
  public static let batchSize = 20_000

  private let collection: Collection
  private let action: DocumentOperation.Action
  private var batch: [(line: Int, operation: DocumentOperation)] = []

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
  /// Every ``batchSize`` documents are committed.
  ///
  /// - Returns: The lines refused by this call.
  public mutating func add(
    _ bytes: UnsafeBufferPointer<UInt8>,
    line: Int
  ) throws -> [BadLine] {
    guard bytes.contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }) else { return [] }
    batch.append((line, DocumentOperation(action, utf8: Array(bytes))))
    return batch.count >= Self.batchSize ? try flush() : []
  }

  /// Commits what has been taken.
  public mutating func flush() throws -> [BadLine] {
    let lines = batch.map(\.line)
    let operations = batch.map(\.operation)
    batch.removeAll(keepingCapacity: true)
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

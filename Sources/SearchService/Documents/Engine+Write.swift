// SPDX-License-Identifier: Apache-2.0

public import JSON
public import SearchIndex

extension Engine {
  /// Documents written in one commit at most where a request changes many.
  public static let batchSize = 10_000

  /// Applies changes to a collection in order, in one commit that is on disk on return.
  ///
  /// - Returns: One result per operation.
  public func write(
    _ operations: [DocumentOperation],
    to name: String
  ) throws -> [OperationResult] {
    try growSchema(of: name, for: operations)
    return try current(name) { try $0.write(operations) }
  }

  /// Runs `body` on the collection of a name, once more if it was replaced by a changed schema's
  /// meanwhile.
  func current<T>(_ name: String, _ body: (Collection) throws -> T) throws -> T {
    let before = try collection(named: name)
    do {
      return try body(before)
    } catch let error as IndexError where error.code == .notFound {
      let now = try collection(named: name)
      guard now !== before else { throw error }
      return try body(now)
    }
  }

  /// Makes the same change of all documents that satisfy a filter, or removes them where `change` is
  /// nil, in batches.
  ///
  /// - Returns: How many documents were changed.
  public func change(
    _ name: String,
    matching filter: String,
    to change: JSON?,
    batchSize: Int = Engine.batchSize,
    dirtyValues: DirtyValues = .coerceOrReject
  ) throws -> Int {
    let snapshot = try collection(named: name).snapshot
    let cursor = try DocumentCursor(snapshot, matching: filter)
    let members = (change?.object ?? []).filter { $0.key != "id" }
    var count = 0
    var operations: [DocumentOperation] = []
    func flush() throws {
      for result in try write(operations, to: name) {
        switch result {
        case .success: count += 1
        // Another request removed it meanwhile.
        case .failure(let error) where error.code == .notFound: continue
        case .failure(let error): throw error
        }
      }
      operations.removeAll(keepingCapacity: true)
    }
    while let id = cursor.nextID() {
      operations.append(
        DocumentOperation(
          change == nil ? .delete : .update,
          .object([JSON.Member("id", .string(id))] + members),
          dirtyValues: dirtyValues
        )
      )
      if operations.count >= batchSize { try flush() }
    }
    try flush()
    return count
  }
}

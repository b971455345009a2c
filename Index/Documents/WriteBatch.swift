// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON

/// The effect of a batch of operations on a snapshot, worked out before anything is written.
struct WriteBatch {
  /// New or changed documents by id, with the order in which they were given.
  private(set) var pending: [String: (order: Int, document: MappedDocument, source: JSON)] = [:]
  /// By part of the snapshot, the documents that the batch deletes or replaces.
  private(set) var deleted: [Set<Int>]

  private let snapshot: Snapshot
  private let mapper: DocumentMapper
  private var order = 0

  init(snapshot: Snapshot) {
    self.snapshot = snapshot
    mapper = DocumentMapper(schema: snapshot.schema)
    deleted = Array(repeating: [], count: snapshot.parts.count)
  }

  /// The documents to write, in the order given.
  var inOrder: [(String, MappedDocument)] {
    pending.sorted { $0.value.order < $1.value.order }.map { ($0.key, $0.value.document) }
  }

  /// Applies one operation.
  mutating func apply(_ operation: DocumentOperation) -> OperationResult {
    do {
      return .success(id: try run(operation))
    } catch let error as IndexError {
      return .failure(error)
    } catch {
      return .failure(IndexError(.io, "\(error)"))
    }
  }

  private mutating func run(_ operation: DocumentOperation) throws -> String {
    var document = operation.document
    let given: String? =
      switch document["id"] {
      case .string(let id): id
      case .int(let id): String(id)
      default: nil
      }
    let existing = given.flatMap { find($0) }
    switch operation.action {
    case .create:
      if existing != nil, let given {
        throw IndexError(.alreadyExists, "A document with id \(given) already exists.")
      }
    case .delete, .update:
      guard existing != nil else {
        throw IndexError(.notFound, "Could not find a document with id: \(given ?? "(none)").")
      }
    case .upsert, .emplace: break
    }
    if operation.action == .delete, let given {
      forget(given)
      return given
    }
    if operation.action == .update || operation.action == .emplace, let given, existing != nil {
      document = try merged(given, with: document)
    }
    let mapped = try mapper.map(document)
    let id = mapped.id ?? UUID().uuidString.lowercased()
    forget(id)
    pending[id] = (order, mapped, document)
    order += 1
    return id
  }

  private func find(_ id: String) -> Bool? {
    if pending[id] != nil { return true }
    guard let (part, document) = snapshot.locate(id), !deleted[part].contains(document) else {
      return nil
    }
    return true
  }

  private mutating func forget(_ id: String) {
    pending[id] = nil
    if let (part, document) = snapshot.locate(id) { deleted[part].insert(document) }
  }

  /// The document as it is, with the given fields replaced.
  private func merged(_ id: String, with changes: JSON) throws -> JSON {
    var base: JSON
    if let (_, _, source) = pending[id] {
      base = source
    } else {
      guard let bytes = try snapshot.document(id) else { return changes }
      base = try JSON(parsing: bytes)
    }
    guard var members = base.object else { return changes }
    for change in changes.object ?? [] {
      members.removeAll { $0.key == change.key }
      members.append(change)
    }
    base = .object(members)
    return base
  }
}

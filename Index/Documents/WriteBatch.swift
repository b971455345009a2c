// SPDX-License-Identifier: Apache-2.0

import Dispatch
import JSON

/// The effect of a batch of operations on a snapshot, worked out before anything is written.
///
/// Documents are taken apart by several threads, each into a segment of its own; then ids are settled
/// in the order of the operations.
final class WriteBatch {
  /// Where a document of the batch is: in which mapper's builder, under which number.
  private struct Place {
    var shard: Int
    var document: Int
  }

  /// Documents that are worth a thread of their own.
  private static let leastPerShard = 2000
  /// Segments made of a batch that is most of the collection: merges could only rewrite a single one
  /// as a whole; see ``MergePolicy``.
  private static let shardsOfMost = 4

  private let snapshot: Snapshot
  private let mappers: [DocumentMapper]
  /// The ids named so far, and for each where its document is, if the batch has one.
  private let ids = TermTable()
  private var latest: [Place?] = []
  /// By part of the snapshot, the documents that the batch deletes or replaces.
  private(set) var deleted: [Set<Int>]

  /// The builders of the new documents.
  var builders: [SegmentBuilder] { mappers.map(\.builder) }

  /// `count`: How many operations there will be; `tools`: Where analyzers and parsers come from.
  init(snapshot: Snapshot, count: Int, tools: IndexingTools) throws(IndexError) {
    self.snapshot = snapshot
    deleted = Array(repeating: [], count: snapshot.parts.count)
    let isMost = count > snapshot.documentCount * 3 / 2
    let most = isMost ? max(Self.shardsOfMost, tools.threads) : tools.threads
    let shards = max(1, min(most, count / Self.leastPerShard))
    var mappers: [DocumentMapper] = []
    for shard in 0..<shards {
      let (analyzer, parser) = try tools.pair(shard)
      mappers.append(DocumentMapper(schema: snapshot.schema, analyzer: analyzer, parser: parser))
    }
    self.mappers = mappers
  }

  /// Applies the operations in order.
  ///
  /// - Returns: One result per operation.
  func apply(_ operations: [DocumentOperation]) -> [OperationResult] {
    // A change of some fields starts from what the operations before it made of the document.
    if operations.contains(where: { $0.action == .update || $0.action == .emplace }) {
      return operations.map { operation in
        result { () throws(IndexError) in
          let whole = try merged(operation)
          return try settle(whole, place: .success(try map(whole, in: 0)))
        }
      }
    }
    var places = [Result<Place?, IndexError>](repeating: .success(nil), count: operations.count)
    places.withUnsafeMutableBufferPointer { places in
      nonisolated(unsafe) let places = places
      nonisolated(unsafe) let batch = self
      DispatchQueue.concurrentPerform(iterations: mappers.count) { shard in
        let share = (operations.count + batch.mappers.count - 1) / batch.mappers.count
        let end = min(operations.count, (shard + 1) * share)
        for index in (shard * share)..<max(shard * share, end) {
          do throws(IndexError) {
            places[index] = .success(try batch.map(operations[index], in: shard))
          } catch {
            places[index] = .failure(error)
          }
        }
      }
    }
    return operations.indices.map { index in
      result { () throws(IndexError) in try settle(operations[index], place: places[index]) }
    }
  }

  private func result(_ body: () throws(IndexError) -> String) -> OperationResult {
    do { return .success(id: try body()) } catch { return .failure(error) }
  }

  /// Adds the operation's document, if it has one, to a shard's builder.
  private func map(_ operation: DocumentOperation, in shard: Int) throws(IndexError) -> Place? {
    guard operation.action != .delete else { return nil }
    return Place(shard: shard, document: try mappers[shard].add(operation))
  }

  /// Decides whether an operation holds, after those before it.
  private func settle(
    _ operation: DocumentOperation,
    place: Result<Place?, IndexError>
  ) throws(IndexError) -> String {
    let place = try place.get()
    let id: String
    if let place {
      id = mappers[place.shard].builder.id(place.document)
    } else {
      id = try mappers[0].identifier(of: operation.document)
    }
    let number = number(of: id)
    let before = located(id)
    switch (operation.action, before != nil || latest[number] != nil) {
    case (.create, true):
      if let place { mappers[place.shard].builder.drop(place.document) }
      throw IndexError(.alreadyExists, "A document with id \(id) already exists.")
    case (.delete, false):
      throw IndexError(.notFound, "Could not find a document with id: \(id)")
    default: break
    }
    if let old = latest[number] { mappers[old.shard].builder.drop(old.document) }
    if let before { deleted[before.part].insert(before.document) }
    latest[number] = place
    return id
  }

  private func number(of id: String) -> Int {
    var id = id
    let number = Int(id.withUTF8 { ids.number(of: $0) })
    if number == latest.count { latest.append(nil) }
    return number
  }

  /// Where the snapshot has a document that the batch has not deleted.
  private func located(_ id: String) -> (part: Int, document: Int)? {
    guard let (part, document) = snapshot.locate(id), !deleted[part].contains(document) else {
      return nil
    }
    return (part, document)
  }

  /// The operation with a change of some fields made a whole document.
  private func merged(_ operation: DocumentOperation) throws(IndexError) -> DocumentOperation {
    guard operation.action == .update || operation.action == .emplace else { return operation }
    do {
      let changes = try JSON(parsing: operation.document)
      let id: String? =
        switch changes["id"] {
        case .string(let id): id
        case .int(let id): String(id)
        default: nil
        }
      guard let members = changes.object, let id, let base = try current(id) else {
        guard operation.action == .emplace else {
          throw IndexError(.notFound, "Could not find a document with id: \(id ?? "(none)")")
        }
        return operation
      }
      let changed = Set(members.map(\.key))
      let kept = (try JSON(parsing: base).object ?? []).filter { !changed.contains($0.key) }
      return DocumentOperation(
        operation.action,
        .object(kept + members),
        dirtyValues: operation.dirtyValues
      )
    } catch let error as IndexError {
      throw error
    } catch {
      throw IndexError(.invalid, "\(error)")
    }
  }

  /// The document as the operations so far have left it, or nil.
  private func current(_ id: String) throws -> [UInt8]? {
    if let place = latest[number(of: id)] {
      let body = mappers[place.shard].builder.storedDocument(place.document)
      return DocumentText.withIdentifier(id, in: body)
    }
    guard let (part, document) = located(id) else { return nil }
    return try snapshot.parts[part].segment.document(document)
  }
}

/// Analyzers and parsers, kept from batch to batch since ICU's tables take long to open.
///
/// One batch at a time.
final class IndexingTools {
  /// Threads that may take documents apart.
  let threads: Int
  private var pairs: [(Analyzer, JSONParser)] = []

  init(threads: Int) { self.threads = threads }

  /// The pair of a thread.
  func pair(_ index: Int) throws(IndexError) -> (Analyzer, JSONParser) {
    while pairs.count <= index {
      do {
        pairs.append((try Analyzer(), try JSONParser()))
      } catch let error as IndexError {
        throw error
      } catch {
        throw IndexError(.io, "\(error)")
      }
    }
    return pairs[index]
  }
}

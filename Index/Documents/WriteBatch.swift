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

  /// An operation's document, if it has one, taken apart.
  private struct Mapped {
    var id: String
    var place: Place?
    /// Where the snapshot has a document of this id.
    var known: (part: Int, document: Int)?
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
    if operations.contains(where: \.isPartial) {
      let unstored = Result { () throws(IndexError) in try unstoredValues(operations) }
      return operations.map { operation in
        result { () throws(IndexError) in
          let (whole, base) = try merged(operation)
          let unstored = base == nil ? nil : try unstored.get()
          return try settle(whole, .success(try map(whole, in: 0, base, unstored)))
        }
      }
    }
    var mapped = [Result<Mapped, IndexError>?](repeating: nil, count: operations.count)
    mapped.withUnsafeMutableBufferPointer { mapped in
      nonisolated(unsafe) let mapped = mapped
      nonisolated(unsafe) let batch = self
      DispatchQueue.concurrentPerform(iterations: mappers.count) { shard in
        let share = (operations.count + batch.mappers.count - 1) / batch.mappers.count
        let end = min(operations.count, (shard + 1) * share)
        for index in (shard * share)..<max(shard * share, end) {
          do throws(IndexError) {
            mapped[index] = .success(try batch.map(operations[index], in: shard))
          } catch {
            mapped[index] = .failure(error)
          }
        }
      }
    }
    return zip(operations, mapped.lazy.compactMap(\.self)).map { operation, mapped in
      result { () throws(IndexError) in try settle(operation, mapped) }
    }
  }

  private func result(_ body: () throws(IndexError) -> String) -> OperationResult {
    do { return .success(id: try body()) } catch { return .failure(error) }
  }

  /// Adds the operation's document, if it has one, to a shard's builder.
  private func map(
    _ operation: DocumentOperation,
    in shard: Int,
    _ base: DocumentBase? = nil,
    _ unstored: UnstoredValues? = nil
  ) throws(IndexError) -> Mapped {
    let mapper = mappers[shard]
    guard operation.action != .delete else {
      let id = try mapper.identifier(of: operation.document)
      return Mapped(id: id, known: snapshot.locate(id))
    }
    let document = try mapper.add(operation, base: base, unstored: unstored)
    let id = mapper.builder.id(document)
    return Mapped(
      id: id,
      place: Place(shard: shard, document: document),
      known: snapshot.locate(id)
    )
  }

  /// Decides whether an operation holds, after those before it.
  private func settle(
    _ operation: DocumentOperation,
    _ mapped: Result<Mapped, IndexError>
  ) throws(IndexError) -> String {
    let mapped = try mapped.get()
    let (id, place) = (mapped.id, mapped.place)
    let number = number(of: id)
    let before = mapped.known.flatMap { deleted[$0.part].contains($0.document) ? nil : $0 }
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

  /// What the documents that operations change hold in fields that are not stored; nil if all are.
  private func unstoredValues(
    _ operations: [DocumentOperation]
  ) throws(IndexError) -> UnstoredValues? {
    guard snapshot.schema.fields.contains(where: { $0.index && !$0.store }) else { return nil }
    let fields = snapshot.schema.textFields.indices.filter { !snapshot.schema.textFields[$0].store }
    var documents: [Int: Set<Int>] = [:]
    for operation in operations where operation.isPartial {
      guard let id = try? mappers[0].identifier(of: operation.document),
        let (part, document) = snapshot.locate(id)
      else { continue }
      documents[part, default: []].insert(document)
    }
    return try UnstoredValues(
      snapshot,
      documents: documents,
      fields: Set(fields),
      terms: mappers[0].builder.buffer.terms
    )
  }

  /// The operation with a change of some fields made a whole document, and what that was before.
  private func merged(
    _ operation: DocumentOperation
  ) throws(IndexError) -> (DocumentOperation, DocumentBase?) {
    guard operation.isPartial else { return (operation, nil) }
    do {
      let changes = try JSON(parsing: operation.document)
      let id: String? =
        switch changes["id"] {
        case .string(let id): id
        case .int(let id): String(id)
        default: nil
        }
      guard let members = changes.object, let id, let current = try current(id) else {
        guard operation.action == .emplace else {
          throw IndexError(.notFound, "Could not find a document with id: \(id ?? "(none)")")
        }
        return (operation, nil)
      }
      let changed = Set(members.map(\.key))
      let kept = (try JSON(parsing: current.text).object ?? []).filter {
        !changed.contains($0.key)
      }
      let whole = DocumentOperation(
        operation.action,
        .object(kept + members),
        dirtyValues: operation.dirtyValues
      )
      return (whole, current.base)
    } catch let error as IndexError {
      throw error
    } catch {
      throw IndexError(.invalid, "\(error)")
    }
  }

  /// The document as the operations so far have left it, or nil.
  private func current(_ id: String) throws -> (text: [UInt8], base: DocumentBase)? {
    if let place = latest[number(of: id)] {
      let body = mappers[place.shard].builder.storedDocument(place.document)
      return (DocumentText.withIdentifier(id, in: body), .built(place.document))
    }
    guard let (part, document) = located(id) else { return nil }
    let text = try snapshot.parts[part].segment.document(document)
    return (text, .indexed(part: part, document: document))
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

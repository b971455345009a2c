// SPDX-License-Identifier: Apache-2.0

import Dispatch
import JSON
import SearchIndex

/// Brings the vectors of one space up to date with its collection, some documents at a time.
///
/// Segments never change, so one whose documents have all been looked at is done for good; what
/// merges rewrite is looked at again, but only text that has changed is embedded. Each step reads the
/// newest snapshot and lets go of it before it embeds, which takes seconds: a snapshot that is held
/// keeps the pages of what is deleted from being used again. One thread at a time.
struct SpaceFiller {
  /// What a step came to.
  enum Outcome: Equatable {
    /// There is more to do.
    case more
    /// All documents have their vectors.
    case done
    /// The encoder does not work now.
    case blocked
  }

  /// Documents of a step at most, and bytes of them.
  private static let stepDocuments = 256
  private static let stepBytes = 8 << 20
  /// The least nanoseconds between two searches for vectors of deleted documents.
  private static let sweepPause: UInt64 = 5_000_000_000

  private let vectors: VectorStore
  private(set) var space: VectorSpace
  /// Where to go on within a segment.
  private var place: (segment: UInt64, document: Int)?
  private var sweptAt: UInt64 = 0
  private var sweepTook: UInt64 = 0
  /// Documents that the model failed on since the start.
  private(set) var failed = 0
  /// Documents that got a new vector in the last step.
  private(set) var embedded = 0

  init(_ vectors: VectorStore, _ space: VectorSpace) {
    (self.vectors, self.space) = (vectors, space)
  }

  /// Does some of the work.
  ///
  /// - Parameters:
  ///   - collection: The collection.
  ///   - fields: What of its documents becomes vectors.
  ///   - encoder: Makes the vectors; nil for a space of vectors that documents bring.
  /// - Returns: What it came to.
  /// - Throws: ``IndexError`` or `StoreError` if documents cannot be read or vectors not be written.
  mutating func step(
    _ collection: Collection,
    _ fields: EmbeddingFields,
    _ encoder: TextEncoder?
  ) throws -> Outcome {
    embedded = 0
    guard let batch = try read(collection.snapshot, fields) else {
      return try sweep(collection.snapshot)
    }
    guard let changes = try changes(batch.documents, fields, encoder) else { return .blocked }
    if let next = batch.next {
      place = (batch.segment, next)
      if !changes.isEmpty { space = try vectors.apply(changes, to: space) }
    } else {
      place = nil
      space.done.append(batch.segment)
      space = try vectors.apply(changes, to: space)
    }
    return .more
  }

  /// Documents of a segment to look at, and where the ones after them begin; nil for the last.
  private struct Batch {
    var segment: UInt64
    var documents: [(id: String, document: JSON)] = []
    var next: Int?
  }

  /// The next documents to look at; nil if all have been.
  private mutating func read(_ snapshot: Snapshot, _ fields: EmbeddingFields) throws -> Batch? {
    if space.generation != snapshot.collectionNumber || space.fields != fields.label {
      space.generation = snapshot.collectionNumber
      space.fields = fields.label
      space.done = []
      place = nil
    }
    let segments = snapshot.segments.map(\.id)
    space.done.removeAll { !segments.contains($0) }
    guard let segment = segments.first(where: { !space.done.contains($0) }) else { return nil }
    var batch = Batch(segment: segment)
    var bytes = 0
    let start = place?.segment == segment ? place?.document ?? 0 : 0
    batch.next = try snapshot.forEachDocument(inSegment: segment, from: start) {
      batch.documents.append(($0, (try? JSON(parsing: $1)) ?? .null))
      bytes += $1.count
      return batch.documents.count < Self.stepDocuments && bytes < Self.stepBytes
    }
    return batch
  }

  /// The records of documents whose content has changed; nil if the encoder does not work now.
  private mutating func changes(
    _ documents: [(id: String, document: JSON)],
    _ fields: EmbeddingFields,
    _ encoder: TextEncoder?
  ) throws -> [VectorStore.Change]? {
    let known = try vectors.hashes(of: documents.map(\.id), in: space)
    var changes: [VectorStore.Change] = []
    guard let encoder else {
      for ((id, document), hash) in zip(documents, known) {
        let vector = EmbeddingFields.vector(space.source, dimension: space.dimension, of: document)
        let own = vector.map { $0.withUnsafeBytes { EmbeddingFields.hash(Array($0)) } } ?? 0
        guard own != hash else { continue }
        changes.append((id, (vector.map(QuantizedVector.init) ?? .none).bytes(hash: own)))
      }
      embedded = changes.count
      return changes
    }
    var pending: [(id: String, hash: UInt64, text: String)] = []
    for ((id, document), hash) in zip(documents, known) {
      let text = fields.text(of: document)
      let own = EmbeddingFields.hash(Array(text.utf8))
      guard own != hash else { continue }
      if text.isEmpty {
        changes.append((id, QuantizedVector.none.bytes(hash: own)))
      } else {
        pending.append((id, own, text))
      }
    }
    guard let made = pending.isEmpty ? [] : encoder.encode(pending.map(\.text)) else { return nil }
    for ((id, hash, _), vector) in zip(pending, made) {
      if vector == nil { failed += 1 }
      changes.append((id, (vector ?? .none).bytes(hash: hash)))
    }
    embedded = pending.count
    return changes
  }

  /// Removes the vectors of documents that are there no more, if there are some.
  private mutating func sweep(_ snapshot: Snapshot) throws -> Outcome {
    guard space.count != snapshot.documentCount else { return .done }
    let started = DispatchTime.now().uptimeNanoseconds
    // Where documents come and go all the time, most of it must not be spent on this.
    guard started >= sweptAt + max(Self.sweepPause, 20 * sweepTook) || sweptAt == 0 else {
      return .done
    }
    let live = try snapshot.documents(matching: "")
    var last: [UInt8]?
    while true {
      let keys = try vectors.keys(of: space, after: last, limit: 4096)
      guard let end = keys.last else { break }
      last = end
      let dead = keys.map(VectorStore.id).filter { id in
        var id = id
        return !id.withUTF8(live.contains)
      }
      if !dead.isEmpty { space = try vectors.apply(dead.map { ($0, nil) }, to: space) }
    }
    sweptAt = DispatchTime.now().uptimeNanoseconds
    sweepTook = sweptAt - started
    return .done
  }
}

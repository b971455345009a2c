// SPDX-License-Identifier: Apache-2.0
//
// A schema is changed by building the collection anew beside itself, from its stored documents, under a
// name that no client can use. Searches and writes go on in the old one meanwhile; it notes the ids that
// writes touch, and those documents are built again until few are left. Then, with writers held up for
// these few, one transaction removes the old collection and gives its name to the new one. A process
// that is killed before leaves a collection of an unusable name, which the next start removes.

import Foundation
import JSON

extension IndexStore {
  /// Starts the names of collections in the making.
  static let buildingPrefix = "\u{1}"
  /// Documents of one commit.
  private static let alterBatch = 10_000
  /// Touched documents that writers may wait for.
  private static let fewTouched = 1000

  /// Changes a collection's schema, with all documents that the old one has.
  ///
  /// Searches and writes go on in the old collection; writes that come at the very end fail with code
  /// notFound and succeed when tried again on what ``collection(named:)`` then returns.
  ///
  /// `progress`: Called with the number of documents done so far, now and then.
  ///
  /// - Throws: ``IndexError`` with code invalid if a document does not fit, or if a change is under
  ///   way; the collection is as before.
  public func alter(
    _ name: String,
    to schema: CollectionSchema,
    progress: (Int) -> Void = { _ in }
  ) throws {
    let old = try collection(named: name)
    try Self.checkIsStored(old.snapshot.schema, in: schema)
    let source = try old.startRecording()
    defer { old.stopRecording() }
    var building = schema
    building.name = Self.buildingPrefix + name
    let new = try makeHidden(building)
    do {
      var done = 0
      let cursor = try DocumentCursor(source)
      while true {
        var batch: [DocumentOperation] = []
        while batch.count < Self.alterBatch, let bytes = try cursor.next() {
          batch.append(DocumentOperation(.upsert, utf8: bytes))
        }
        guard !batch.isEmpty else { break }
        try Self.apply(batch, to: new)
        done += batch.count
        progress(done)
      }
      while true {
        let (touched, now) = old.writerLock.withLock { (old.takeRecorded(), old.snapshot) }
        try Self.copy(touched, from: now, to: new)
        guard touched.count > Self.fewTouched else { break }
      }
      new.waitForMerges()
      try replace(old, by: new, schema: schema)
    } catch {
      new.waitForMerges()
      try? new.drop()
      throw error
    }
  }

  private static func checkIsStored(_ old: CollectionSchema, in new: CollectionSchema) throws {
    for field in old.fields where !field.store && new.field(named: field.name) != nil {
      throw IndexError(
        .invalid,
        "Field `\(field.name)` is not stored, so it cannot be built anew: drop it in this change."
      )
    }
  }

  private static func apply(_ batch: [DocumentOperation], to new: Collection) throws {
    for (operation, result) in zip(batch, try new.write(batch)) {
      guard case .failure(let error) = result else { continue }
      if operation.action == .delete, error.code == .notFound { continue }
      let id = (try? JSON(parsing: operation.document))?["id"]?.string ?? ""
      throw IndexError(
        error.code,
        "Schema change is incompatible with document `\(id)`: \(error.message)"
      )
    }
  }

  /// Makes the documents of some ids in `new` as they are in a snapshot.
  private static func copy(
    _ ids: Set<String>,
    from snapshot: Snapshot,
    to new: Collection
  ) throws {
    guard !ids.isEmpty else { return }
    let operations = try ids.map { id in
      if let bytes = try snapshot.document(id) {
        return DocumentOperation(.upsert, utf8: bytes)
      }
      return DocumentOperation(.delete, ["id": .string(id)])
    }
    try apply(operations, to: new)
  }

  private func replace(
    _ old: Collection,
    by new: Collection,
    schema: CollectionSchema
  ) throws {
    try old.writerLock.withLock {
      let touched = old.takeRecorded()
      try Self.copy(touched, from: old.snapshot, to: new)
      new.waitForMerges()
      try new.writerLock.withLock {
        var manifest = new.snapshot.manifest
        manifest.schema = schema
        try old.handOver(to: new, manifest)
        try show(Collection(manifest: manifest, store: handles))
      }
    }
  }
}

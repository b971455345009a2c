// SPDX-License-Identifier: Apache-2.0

import Foundation
internal import LMDBStore

/// One collection of documents: its current snapshot and the one writer that replaces it.
///
/// Thread-safe. Searches read the snapshot and never wait for the writer.
public final class Collection: @unchecked Sendable {
  let store: StoreHandles
  /// Held by whoever changes the collection.
  let writerLock = NSLock()
  private let snapshotLock = NSLock()
  private var current: Snapshot
  /// Set under `writerLock` once the collection is removed: nothing may bring it back.
  private var isDropped = false
  /// A committed manifest that could not be opened for reading yet; under `writerLock`.
  private var unopened: Manifest?
  /// While the collection is built anew: the ids that writes touched since; under `writerLock`.
  private var touched: Set<String>?
  let merges = MergeScheduler()
  let writes = WriteQueue()
  /// Used under `writerLock`.
  let tools = IndexingTools(threads: min(8, ProcessInfo.processInfo.activeProcessorCount))

  /// The collection's name.
  public let name: String

  init(manifest: Manifest, store: StoreHandles) throws {
    self.store = store
    name = manifest.schema.name
    current = try Self.snapshot(manifest, store: store, known: [:])
    store.readers.opened(self)
  }

  private static func snapshot(
    _ manifest: Manifest,
    store: StoreHandles,
    known: [UInt64: Segment]
  ) throws -> Snapshot {
    try IndexError.translating {
      try Snapshot(
        manifest: manifest,
        transaction: try store.environment.read(),
        table: store.segmentsTable,
        known: known
      )
    }
  }

  /// The collection as of the last commit.
  public var snapshot: Snapshot { snapshotLock.withLock { current } }

  /// Writes a changed manifest together with the sections that it needs, then shows it to readers.
  ///
  /// Call with `writerLock` held.
  func commit(_ manifest: Manifest, _ change: (WriteTransaction) throws -> Void) throws {
    try checkIsThere()
    try IndexError.translating {
      try store.environment.write { transaction in
        try change(transaction)
        try transaction.put(store.collectionsTable, manifest.key, manifest.bytes)
      }
    }
    unopened = manifest
    try catchUp()
  }

  /// Shows the last commit to readers if that failed before; else a later write would start from an
  /// older state and use its segments' numbers again.
  ///
  /// Call with `writerLock` held.
  func catchUp() throws {
    guard let manifest = unopened else { return }
    var known: [UInt64: Segment] = [:]
    for part in snapshot.parts { known[part.segment.id] = part.segment }
    let after = try Self.snapshot(manifest, store: store, known: known)
    snapshotLock.withLock { current = after }
    unopened = nil
  }

  /// Lets go of the store's past, which this collection's snapshot would hold, if nothing is being
  /// written here.
  func renew() {
    // A writer replaces the snapshot anyway; and waiting here for one that waits there would hang.
    guard writerLock.try() else { return }
    defer { writerLock.unlock() }
    guard !isDropped, unopened == nil, let transaction = try? store.environment.read() else {
      return
    }
    snapshotLock.withLock { current = Snapshot(current, transaction: transaction) }
  }

  private func checkIsThere() throws(IndexError) {
    guard !isDropped else {
      throw IndexError(.notFound, "Collection `\(name)` has been dropped.")
    }
  }

  /// Stores a built segment's sections.
  func put(_ built: SegmentBuilder.Built, id: UInt64, in transaction: WriteTransaction) throws {
    let key = SectionKey(collection: snapshot.manifest.collection, segment: id)
    // The largest first, while long runs of free pages are whole.
    for (section, index, bytes) in built.sections.sorted(by: { $0.bytes.count > $1.bytes.count }) {
      try transaction.put(
        store.segmentsTable,
        key.key(section, index),
        FormatHeader.wrap(bytes, kind: section.kind)
      )
    }
  }

  /// Stores which documents of a segment are deleted.
  func put(_ deleted: Bitset, of segment: UInt64, in transaction: WriteTransaction) throws {
    try transaction.put(
      store.segmentsTable,
      SectionKey(collection: snapshot.manifest.collection, segment: segment).key(.deletions),
      FormatHeader.wrap(deleted.bytes, kind: .deletions)
    )
  }

  /// Deletes a segment's sections.
  func remove(_ segment: Manifest.Segment, in transaction: WriteTransaction) throws {
    let key = SectionKey(collection: snapshot.manifest.collection, segment: segment.id)
    for entry in try transaction.keys(store.segmentsTable, prefix: key.prefix) {
      try transaction.delete(store.segmentsTable, entry)
    }
  }

  /// Notes the ids that writes touch from the returned snapshot on.
  func startRecording() throws -> Snapshot {
    try writerLock.withLock {
      guard touched == nil else {
        throw IndexError(
          .unprocessable,
          "A schema change of `\(name)` is under way: wait for its end."
        )
      }
      touched = []
      return snapshot
    }
  }

  func stopRecording() { writerLock.withLock { touched = nil } }

  /// Notes what a write touched; call with `writerLock` held.
  func record(_ results: [OperationResult]) {
    guard touched != nil else { return }
    for result in results { if case .success(let id) = result { touched?.insert(id) } }
  }

  /// The ids touched since the last call; call with `writerLock` held.
  func takeRecorded() -> Set<String> {
    defer { touched = [] }
    return touched ?? []
  }

  /// Gives place to a collection that has been built anew; call with both collections' `writerLock`
  /// held.
  ///
  /// `manifest`: The other's, with this one's name.
  func handOver(to other: Collection, _ manifest: Manifest) throws {
    try checkIsThere()
    let own = snapshot.manifest
    try IndexError.translating {
      try store.environment.write { transaction in
        for segment in own.segments { try remove(segment, in: transaction) }
        try transaction.delete(store.collectionsTable, own.key)
        try transaction.put(store.collectionsTable, manifest.key, manifest.bytes)
      }
    }
    isDropped = true
    other.isDropped = true
  }

  /// Removes the collection from the store; its snapshot stays readable while someone holds it.
  func drop() throws {
    try writerLock.withLock {
      try checkIsThere()
      try catchUp()
      let manifest = snapshot.manifest
      try IndexError.translating {
        try store.environment.write { transaction in
          for segment in manifest.segments { try remove(segment, in: transaction) }
          try transaction.delete(store.collectionsTable, manifest.key)
        }
      }
      isDropped = true
    }
  }
}

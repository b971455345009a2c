// SPDX-License-Identifier: Apache-2.0

import Foundation
public import LMDBStore

/// What collections need of their store; the environment is closed with its last user.
struct StoreHandles: Sendable {
  let environment: Environment
  let collectionsTable: Table
  let segmentsTable: Table
  let settingsTable: Table
  let readers = ReaderAges()
}

/// All collections of one data directory.
///
/// Thread-safe.
public final class IndexStore: @unchecked Sendable {
  let handles: StoreHandles
  private let lock = NSLock()
  private var open: [String: Collection] = [:]
  private var nextNumber: UInt32 = 1

  /// Opens a data directory, making it if it is missing.
  ///
  /// `mapSize`: Bytes of address space, which the data may grow to; tools that watch a process
  /// instruction by instruction have room for less than usual.
  ///
  /// - Throws: ``IndexError`` with the remedy if the directory cannot be used, another process
  ///   writes to it, or what it holds is damaged.
  public init(directory: String, mapSize: Int? = nil) throws {
    do {
      var options = Environment.Options()
      options.mapSize = mapSize ?? options.mapSize
      let environment = try Environment(directory: directory, options: options)
      let tables = try environment.tables(["collections", "segments", "settings"], create: true)
      guard let collections = tables[0], let segments = tables[1], let settings = tables[2] else {
        throw IndexError(.corrupt, "The store lacks its tables: restore from a backup.")
      }
      handles = StoreHandles(
        environment: environment,
        collectionsTable: collections,
        segmentsTable: segments,
        settingsTable: settings
      )
      environment.onCommit { [readers = handles.readers] in readers.committed() }
      let transaction = try environment.read()
      for entry in try transaction.entries(collections, prefix: []) {
        let manifest = try Manifest(entry.value)
        nextNumber = max(nextNumber, manifest.collection + 1)
        let collection = try Collection(manifest: manifest, store: handles)
        if manifest.schema.name.hasPrefix(Self.buildingPrefix) {
          try collection.drop()
        } else {
          open[manifest.schema.name] = collection
        }
      }
    } catch let error as StoreError {
      throw IndexError(error)
    }
  }

  deinit {
    // Merges under way hold the environment, and with it the lock on the directory.
    for collection in open.values { collection.waitForMerges() }
  }

  /// The collections, by name.
  public var collections: [Collection] {
    lock.withLock { open.values.sorted { $0.name < $1.name } }
  }

  /// The collection of a name.
  ///
  /// - Throws: ``IndexError`` with code notFound.
  public func collection(named name: String) throws(IndexError) -> Collection {
    guard let collection = lock.withLock({ open[name] }) else {
      throw IndexError(.notFound, "Collection `\(name)` not found.")
    }
    return collection
  }

  /// Makes an empty collection; it is on disk on return.
  ///
  /// - Throws: ``IndexError`` with code invalid if the schema is none, alreadyExists if the name is in use.
  @discardableResult
  public func createCollection(_ schema: CollectionSchema) throws -> Collection {
    guard !schema.name.hasPrefix(Self.buildingPrefix) else {
      throw IndexError(.invalid, "A collection's name must not start with U+0001.")
    }
    return try lock.withLock {
      guard open[schema.name] == nil else {
        throw IndexError(
          .alreadyExists,
          "A collection with name `\(schema.name)` already exists."
        )
      }
      let collection = try make(schema)
      open[schema.name] = collection
      return collection
    }
  }

  /// Makes a collection that nobody finds by its name.
  func makeHidden(_ schema: CollectionSchema) throws -> Collection {
    try lock.withLock { try make(schema) }
  }

  /// Lets a collection be found by its name.
  func show(_ collection: Collection) { lock.withLock { open[collection.name] = collection } }

  /// Call with `lock` held.
  private func make(_ schema: CollectionSchema) throws -> Collection {
    // What could not be read again must not be written: it would keep the whole directory from opening.
    _ = try CollectionSchema(json: schema.json)
    let manifest = Manifest(collection: nextNumber, schema: schema)
    try IndexError.translating {
      try handles.environment.write {
        try $0.put(handles.collectionsTable, manifest.key, manifest.bytes)
      }
    }
    nextNumber += 1
    return try Collection(manifest: manifest, store: handles)
  }

  /// Removes a collection and its documents.
  public func dropCollection(named name: String) throws {
    let collection = try collection(named: name)
    try collection.drop()
    lock.withLock { open[name] = nil }
  }

  /// Copies a data directory as of now, while it may be in use, also by another process.
  ///
  /// The copy has no free pages.
  public static func backup(directory: String, to destination: String) throws {
    try IndexError.translating {
      var options = Environment.Options()
      options.readOnly = true
      let environment = try Environment(directory: directory, options: options)
      try environment.copy(to: destination, compacting: true)
    }
  }

  /// Gives the free pages of a data directory that nobody has open back to the disk.
  ///
  /// - Throws: ``IndexError`` if it is in use, or the disk has no room for a second file.
  public static func shrink(directory: String) throws {
    try IndexError.translating { try Environment.shrink(directory: directory) }
  }

  /// Copies the data directory as of now; searches and writes go on.
  ///
  /// - Throws: ``IndexError`` with code alreadyExists if the destination holds a copy.
  public func backup(to destination: String) throws {
    guard !FileManager.default.fileExists(atPath: destination + "/data.mdb") else {
      throw IndexError(.alreadyExists, "'\(destination)' holds a copy: choose another directory.")
    }
    try IndexError.translating {
      try handles.environment.copy(to: destination, compacting: true)
    }
  }

  /// The data directory.
  public var directory: String { handles.environment.directory }
  /// The open data directory, for what shares it: one directory has one environment.
  public var environment: Environment { handles.environment }

  /// Bytes of the data file.
  public var fileBytes: Int { handles.environment.fileBytes }
}

extension IndexError {
  /// The index's view of a failure of the store.
  init(_ error: StoreError) {
    let code: Code =
      switch error.code {
      case .corrupt: .corrupt
      case .tooOld: .tooOld
      case .tooNew: .tooNew
      case .full, .noSpace: .full
      case .readOnly, .locked: .readOnly
      case .keyTooLong, .io: .io
      }
    self.init(code, error.message)
  }

  /// Runs `body`, turning the store's errors into the index's.
  static func translating<T>(_ body: () throws -> T) throws -> T {
    do { return try body() } catch let error as StoreError { throw IndexError(error) }
  }
}

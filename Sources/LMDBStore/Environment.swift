// SPDX-License-Identifier: Apache-2.0
//
// One LMDB environment. The map is far larger than any data (address space costs nothing), so it is
// never resized and a page's address never changes while a transaction that can see it is open.

import CLMDB
import Foundation

/// An open data directory: one writer at a time, any number of readers that never wait.
public final class Environment: @unchecked Sendable {
  /// How to open an environment.
  public struct Options: Sendable {
    /// Bytes of address space; also the most that the data file may grow to.
    public var mapSize = 256 << 30
    /// The most named tables.
    public var maximumTables: UInt32 = 64
    /// Whether to refuse writes and take no writer lock.
    public var readOnly = false

    /// The defaults.
    public init() {}
  }

  let handle: OpaquePointer
  /// Serialises writers of this process; LMDB would block a thread without telling why.
  private let writerLock = NSLock()
  /// Under `writerLock`.
  private var commitObserver: (@Sendable () -> Void)?
  private let lockDescriptor: Int32
  /// The directory that holds `data.mdb`.
  public let directory: String

  /// Opens a directory, making it if it is missing.
  ///
  /// - Throws: ``StoreError`` if the directory cannot be used, another process writes to it, or the
  ///   data file is damaged.
  public init(directory: String, options: Options = Options()) throws(StoreError) {
    self.directory = directory
    if !options.readOnly {
      do {
        try FileManager.default.createDirectory(
          atPath: directory,
          withIntermediateDirectories: true
        )
      } catch {
        throw StoreError(
          .readOnly,
          "Could not make the data directory '\(directory)': check the path and its permissions."
        )
      }
    }
    lockDescriptor = options.readOnly ? -1 : try Self.takeWriterLock(directory)
    do {
      try FileVerifier.verify(path: directory + "/data.mdb")
      handle = try Self.open(directory, options)
    } catch {
      if lockDescriptor >= 0 { Foundation.close(lockDescriptor) }
      throw error
    }
    var dead: Int32 = 0
    mdb_reader_check(handle, &dead)
  }

  deinit {
    mdb_env_close(handle)
    if lockDescriptor >= 0 { Foundation.close(lockDescriptor) }
  }

  private static func open(
    _ directory: String,
    _ options: Options
  ) throws(StoreError) -> OpaquePointer {
    var made: OpaquePointer?
    var status = mdb_env_create(&made)
    guard status == 0, let handle = made else {
      throw StoreError(lmdb: status, doing: "start LMDB")
    }
    mdb_env_set_mapsize(handle, options.mapSize)
    mdb_env_set_maxdbs(handle, options.maximumTables)
    mdb_env_set_maxreaders(handle, 1024)
    // No read-ahead: queries touch scattered postings, and what surrounds them is rarely wanted.
    var flags = UInt32(MDB_NOTLS) | UInt32(MDB_NORDAHEAD)
    if options.readOnly { flags |= UInt32(MDB_RDONLY) }
    status = mdb_env_open(handle, directory, flags, 0o640)
    guard status == 0 else {
      mdb_env_close(handle)
      throw StoreError(lmdb: status, doing: "open the data directory '\(directory)'")
    }
    return handle
  }

  /// Holds a lock file for as long as this process may write.
  private static func takeWriterLock(_ directory: String) throws(StoreError) -> Int32 {
    let path = directory + "/writer.lock"
    let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
    guard descriptor >= 0 else { throw StoreError(lmdb: errno, doing: "open '\(path)'") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      Foundation.close(descriptor)
      throw StoreError(
        .locked,
        "Another process writes to '\(directory)': stop it, or send the documents to it over HTTP."
      )
    }
    return descriptor
  }

  /// Begins a read transaction: the data as of the last commit, unchanging until it is gone.
  public func read() throws(StoreError) -> ReadTransaction {
    var made: OpaquePointer?
    let status = mdb_txn_begin(handle, nil, UInt32(MDB_RDONLY), &made)
    guard status == 0, let transaction = made else {
      throw StoreError(lmdb: status, doing: "begin reading")
    }
    return ReadTransaction(handle: transaction, environment: self)
  }

  /// Runs `body` in the one write transaction and commits; the commit is on disk on return.
  ///
  /// If `body` throws, nothing is changed. Call from any thread; others wait their turn.
  public func write<T>(_ body: (WriteTransaction) throws -> T) throws -> T {
    let (result, observer) = try writerLock.withLock { (try commit(body), commitObserver) }
    observer?()
    return result
  }

  /// Has `observer` called after each commit, on the thread that made it; the last one set counts.
  public func onCommit(_ observer: @escaping @Sendable () -> Void) {
    writerLock.withLock { commitObserver = observer }
  }

  private func commit<T>(_ body: (WriteTransaction) throws -> T) throws -> T {
    var made: OpaquePointer?
    var status = mdb_txn_begin(handle, nil, 0, &made)
    guard status == 0, let raw = made else {
      throw StoreError(lmdb: status, doing: "begin writing")
    }
    let transaction = WriteTransaction(handle: raw)
    let result: T
    do {
      result = try body(transaction)
    } catch {
      mdb_txn_abort(raw)
      throw error
    }
    status = mdb_txn_commit(raw)
    guard status == 0 else {
      throw StoreError(lmdb: isOutOfSpace(status) ? ENOSPC : status, doing: "commit")
    }
    return result
  }

  /// Whether a commit failed for want of room: LMDB tells of a write that the disk took only a part
  /// of as an error of input or output.
  private func isOutOfSpace(_ status: Int32) -> Bool {
    var disk = statvfs()
    guard status == EIO, statvfs(directory, &disk) == 0 else { return false }
    return UInt64(disk.f_bavail) * UInt64(disk.f_frsize) < 4 << 20
  }

  /// Opens tables by name, making those that are missing unless the environment is read-only.
  public func tables(_ names: [String], create: Bool) throws -> [Table?] {
    if create {
      return try write { transaction in
        try names.map { name in
          var table: MDB_dbi = 0
          let status = mdb_dbi_open(transaction.handle, name, UInt32(MDB_CREATE), &table)
          guard status == 0 else { throw StoreError(lmdb: status, doing: "open table '\(name)'") }
          return Table(handle: table)
        }
      }
    }
    var made: OpaquePointer?
    let status = mdb_txn_begin(handle, nil, UInt32(MDB_RDONLY), &made)
    guard status == 0, let raw = made else {
      throw StoreError(lmdb: status, doing: "begin reading")
    }
    let tables: [Table?] = names.map { name in
      var table: MDB_dbi = 0
      return mdb_dbi_open(raw, name, 0, &table) == 0 ? Table(handle: table) : nil
    }
    // A commit, though nothing was written: it keeps the table handles.
    mdb_txn_commit(raw)
    return tables
  }

  /// Copies the environment as of now into another directory while it is in use.
  ///
  /// `compacting`: Leave out free pages.
  public func copy(to destination: String, compacting: Bool) throws(StoreError) {
    do {
      try FileManager.default.createDirectory(
        atPath: destination,
        withIntermediateDirectories: true
      )
    } catch {
      throw StoreError(.readOnly, "Could not make '\(destination)': check the path.")
    }
    let status = mdb_env_copy2(handle, destination, compacting ? UInt32(MDB_CP_COMPACT) : 0)
    guard status == 0 else { throw StoreError(lmdb: status, doing: "copy to '\(destination)'") }
  }

  /// Rewrites the data file of a directory that nothing else has open, without free pages.
  ///
  /// A crash leaves the old file or the new one. The disk must have room for both.
  ///
  /// - Throws: ``StoreError`` if the directory is in use or there is no room; the file is as before.
  public static func shrink(directory: String) throws {
    // Open until the end: it holds the writer's lock.
    let environment = try Environment(directory: directory)
    let made = directory + "/shrinking"
    try? FileManager.default.removeItem(atPath: made)
    defer { try? FileManager.default.removeItem(atPath: made) }
    try environment.copy(to: made, compacting: true)
    try synchronize(made + "/data.mdb")
    guard rename(made + "/data.mdb", directory + "/data.mdb") == 0 else {
      throw StoreError(lmdb: errno, doing: "replace '\(directory)/data.mdb'")
    }
    // It knows the old file's transactions; the next to open the directory makes a new one.
    unlink(directory + "/lock.mdb")
    try synchronize(directory)
    withExtendedLifetime(environment) {}
  }

  private static func synchronize(_ path: String) throws(StoreError) {
    let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw StoreError(lmdb: errno, doing: "open '\(path)'") }
    defer { Foundation.close(descriptor) }
    guard fsync(descriptor) == 0 else { throw StoreError(lmdb: errno, doing: "write '\(path)'") }
  }

  /// Bytes of the data file in use by the last commit, free pages included.
  public var fileBytes: Int {
    var information = MDB_envinfo()
    mdb_env_info(handle, &information)
    return (information.me_last_pgno + 1) * 4096
  }
}

/// A named table of an environment.
public struct Table: Sendable {
  let handle: MDB_dbi
}

// SPDX-License-Identifier: Apache-2.0

import CLMDB

/// Calls `body` with an LMDB view of a key.
private func withKey<T>(_ key: [UInt8], _ body: (inout MDB_val) -> T) -> T {
  // LMDB reads the bytes of a key that it is given, and writes none.
  key.withUnsafeBytes { bytes in
    var value = MDB_val(
      mv_size: bytes.count,
      mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress)
    )
    return body(&value)
  }
}

private func lookUp(
  _ transaction: OpaquePointer,
  _ table: Table,
  _ key: [UInt8]
) throws(StoreError) -> UnsafeRawBufferPointer? {
  var found = MDB_val()
  let status = withKey(key) { mdb_get(transaction, table.handle, &$0, &found) }
  if status == MDB_NOTFOUND { return nil }
  guard status == 0 else { throw StoreError(lmdb: status, doing: "read") }
  return UnsafeRawBufferPointer(start: found.mv_data, count: found.mv_size)
}

/// The data as of one commit.
///
/// Bytes that it lends stay valid and unchanged until it is gone. It may move between threads; one
/// thread at a time.
public final class ReadTransaction: @unchecked Sendable {
  private let handle: OpaquePointer
  /// Keeps the map in place while the transaction lives.
  private let environment: Environment

  init(handle: OpaquePointer, environment: Environment) {
    self.handle = handle
    self.environment = environment
  }

  deinit { mdb_txn_abort(handle) }

  /// The value of a key, or nil.
  public func get(_ table: Table, _ key: [UInt8]) throws(StoreError) -> UnsafeRawBufferPointer? {
    try lookUp(handle, table, key)
  }

  /// All entries whose key starts with `prefix`, keys ascending.
  public func entries(
    _ table: Table,
    prefix: [UInt8]
  ) throws(StoreError) -> [(key: [UInt8], value: UnsafeRawBufferPointer)] {
    try scan(handle, table, prefix)
  }

  /// Calls `body` with each key and value from `start` on, keys ascending, until it returns false.
  ///
  /// An empty `start` means the first key. The bytes are lent for as long as the transaction lives.
  public func walk(
    _ table: Table,
    from start: [UInt8],
    _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> Bool
  ) throws {
    try LMDBStore.walk(handle, table, start, body)
  }
}

/// A place among the entries of a table, keys ascending.
private struct Cursor: ~Copyable {
  private let handle: OpaquePointer
  private var entry = (key: MDB_val(), value: MDB_val())

  init(_ transaction: OpaquePointer, _ table: Table) throws(StoreError) {
    var made: OpaquePointer?
    let status = mdb_cursor_open(transaction, table.handle, &made)
    guard status == 0, let made else { throw StoreError(lmdb: status, doing: "read") }
    handle = made
  }

  deinit { mdb_cursor_close(handle) }

  var key: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: entry.key.mv_data, count: entry.key.mv_size)
  }

  var value: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: entry.value.mv_data, count: entry.value.mv_size)
  }

  /// Goes to the first entry from a key on, of the whole table if it is empty; false if there is none.
  mutating func seek(_ start: [UInt8]) throws(StoreError) -> Bool {
    guard !start.isEmpty else { return try move(MDB_FIRST) }
    return try withKey(start) { key in
      entry.key = key
      return mdb_cursor_get(handle, &entry.key, &entry.value, MDB_SET_RANGE)
    }.isFound
  }

  /// Goes to the next entry; false if there is none.
  mutating func advance() throws(StoreError) -> Bool { try move(MDB_NEXT) }

  private mutating func move(_ operation: MDB_cursor_op) throws(StoreError) -> Bool {
    try mdb_cursor_get(handle, &entry.key, &entry.value, operation).isFound
  }
}

extension Int32 {
  /// Whether the status of a cursor's move says that there is an entry.
  fileprivate var isFound: Bool {
    get throws(StoreError) {
      guard self == 0 || self == MDB_NOTFOUND else { throw StoreError(lmdb: self, doing: "read") }
      return self == 0
    }
  }
}

/// Calls `body` with the entries from a key on, keys ascending, until it returns false.
private func walk(
  _ transaction: OpaquePointer,
  _ table: Table,
  _ start: [UInt8],
  _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> Bool
) throws {
  var cursor = try Cursor(transaction, table)
  var isThere = try cursor.seek(start)
  while isThere, try body(cursor.key, cursor.value) { isThere = try cursor.advance() }
}

private func scan(
  _ transaction: OpaquePointer,
  _ table: Table,
  _ prefix: [UInt8]
) throws(StoreError) -> [(key: [UInt8], value: UnsafeRawBufferPointer)] {
  var entries: [(key: [UInt8], value: UnsafeRawBufferPointer)] = []
  var cursor = try Cursor(transaction, table)
  var isThere = try cursor.seek(prefix)
  while isThere, cursor.key.starts(with: prefix) {
    entries.append(([UInt8](cursor.key), cursor.value))
    isThere = try cursor.advance()
  }
  return entries
}

/// The one transaction that may change data; lives inside ``Environment/write(_:)``.
public final class WriteTransaction {
  let handle: OpaquePointer

  init(handle: OpaquePointer) { self.handle = handle }

  /// The value of a key, or nil; valid until the next change.
  public func get(_ table: Table, _ key: [UInt8]) throws(StoreError) -> UnsafeRawBufferPointer? {
    try lookUp(handle, table, key)
  }

  /// All keys that start with `prefix`, ascending.
  public func keys(_ table: Table, prefix: [UInt8]) throws(StoreError) -> [[UInt8]] {
    try scan(handle, table, prefix).map(\.key)
  }

  /// Calls `body` with each key and value from `start` on, keys ascending, until it returns false.
  ///
  /// `body` must not change the table.
  public func walk(
    _ table: Table,
    from start: [UInt8],
    _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> Bool
  ) throws {
    try LMDBStore.walk(handle, table, start, body)
  }

  /// Sets the value of a key that may not be there yet.
  ///
  /// Returns false, and changes nothing, if the key has a value.
  public func insert(_ table: Table, _ key: [UInt8], _ value: [UInt8]) throws(StoreError) -> Bool {
    let status = put(table, key, value, flags: UInt32(MDB_NOOVERWRITE))
    if status == MDB_KEYEXIST { return false }
    guard status == 0 else { throw StoreError(lmdb: status, doing: "write") }
    return true
  }

  /// Adds a key above all keys of the table, which fills its pages to the end.
  public func append(_ table: Table, _ key: [UInt8], _ value: [UInt8]) throws(StoreError) {
    let status = put(table, key, value, flags: UInt32(MDB_APPEND))
    guard status == 0 else { throw StoreError(lmdb: status, doing: "append") }
  }

  private func put(_ table: Table, _ key: [UInt8], _ value: [UInt8], flags: UInt32) -> Int32 {
    value.withUnsafeBytes { bytes in
      withKey(key) { key in
        var value = MDB_val(
          mv_size: bytes.count,
          mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress)
        )
        return mdb_put(handle, table.handle, &key, &value, flags)
      }
    }
  }

  /// Sets the value of a key.
  public func put(_ table: Table, _ key: [UInt8], _ value: [UInt8]) throws(StoreError) {
    let status = put(table, key, value, flags: 0)
    guard status == 0 else { throw StoreError(lmdb: status, doing: "write") }
  }

  /// Removes a key if it is there.
  public func delete(_ table: Table, _ key: [UInt8]) throws(StoreError) {
    let status = withKey(key) { mdb_del(handle, table.handle, &$0, nil) }
    guard status == 0 || status == MDB_NOTFOUND else {
      throw StoreError(lmdb: status, doing: "delete")
    }
  }
}

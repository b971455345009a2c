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

/// Calls `body` with the entries from a key on, keys ascending, until it returns false.
private func walk(
  _ transaction: OpaquePointer,
  _ table: Table,
  _ start: [UInt8],
  _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> Bool
) throws {
  var made: OpaquePointer?
  var status = mdb_cursor_open(transaction, table.handle, &made)
  guard status == 0, let cursor = made else { throw StoreError(lmdb: status, doing: "read") }
  defer { mdb_cursor_close(cursor) }
  var (key, value) = (MDB_val(), MDB_val())
  status =
    start.isEmpty
    ? mdb_cursor_get(cursor, &key, &value, MDB_FIRST)
    : withKey(start) {
      key = $0
      return mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE)
    }
  while status == 0 {
    let isWanted = try body(
      UnsafeRawBufferPointer(start: key.mv_data, count: key.mv_size),
      UnsafeRawBufferPointer(start: value.mv_data, count: value.mv_size)
    )
    guard isWanted else { return }
    status = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)
  }
  guard status == MDB_NOTFOUND else { throw StoreError(lmdb: status, doing: "read") }
}

private func scan(
  _ transaction: OpaquePointer,
  _ table: Table,
  _ prefix: [UInt8]
) throws(StoreError) -> [(key: [UInt8], value: UnsafeRawBufferPointer)] {
  var made: OpaquePointer?
  var status = mdb_cursor_open(transaction, table.handle, &made)
  guard status == 0, let cursor = made else { throw StoreError(lmdb: status, doing: "read") }
  defer { mdb_cursor_close(cursor) }
  var entries: [(key: [UInt8], value: UnsafeRawBufferPointer)] = []
  var (key, value) = (MDB_val(), MDB_val())
  status =
    prefix.isEmpty
    ? mdb_cursor_get(cursor, &key, &value, MDB_FIRST)
    : withKey(prefix) {
      key = $0
      return mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE)
    }
  while status == 0 {
    let bytes = [UInt8](UnsafeRawBufferPointer(start: key.mv_data, count: key.mv_size))
    guard bytes.starts(with: prefix) else { return entries }
    entries.append((bytes, UnsafeRawBufferPointer(start: value.mv_data, count: value.mv_size)))
    status = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)
  }
  guard status == MDB_NOTFOUND else { throw StoreError(lmdb: status, doing: "read") }
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

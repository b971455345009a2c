// SPDX-License-Identifier: Apache-2.0

import CLMDB

/// Calls `body` with an LMDB view of a key.
private func withKey<T>(_ key: [UInt8], _ body: (inout MDB_val) -> T) -> T {
  var key = key
  return key.withUnsafeMutableBytes { bytes in
    var value = MDB_val(mv_size: bytes.count, mv_data: bytes.baseAddress)
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

  /// Sets the value of a key.
  public func put(_ table: Table, _ key: [UInt8], _ value: [UInt8]) throws(StoreError) {
    let status = value.withUnsafeBytes { bytes in
      withKey(key) { key in
        var value = MDB_val(
          mv_size: bytes.count,
          mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress)
        )
        return mdb_put(handle, table.handle, &key, &value, 0)
      }
    }
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

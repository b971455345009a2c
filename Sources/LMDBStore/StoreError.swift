// SPDX-License-Identifier: Apache-2.0

import CLMDB
import Foundation

/// Why the store refused or failed, with what to do about it.
public struct StoreError: Error, Equatable, CustomStringConvertible {
  /// The kinds of failure that callers tell apart.
  public enum Code: String, Sendable {
    case corrupt, tooOld, tooNew, full, noSpace, readOnly, locked, keyTooLong, io
  }

  /// What kind of failure this is.
  public let code: Code
  /// What happened and the remedy.
  public let message: String
  /// LMDB's or the system's own number; 0 if there is none.
  public let underlying: Int32

  /// Creates an error.
  public init(_ code: Code, _ message: String, underlying: Int32 = 0) {
    self.code = code
    self.message = message
    self.underlying = underlying
  }

  /// The message, for logs and terminals.
  public var description: String { message }

  /// The error for a return code of LMDB.
  init(lmdb code: Int32, doing what: String) {
    let text = String(cString: mdb_strerror(code))
    let (kind, remedy): (Code, String) =
      switch code {
      case MDB_CORRUPTED, MDB_PAGE_NOTFOUND, MDB_PANIC, MDB_INVALID:
        (.corrupt, "The data file is damaged: restore the data directory from a backup.")
      case MDB_VERSION_MISMATCH:
        (.tooOld, "The data file has another version: export with the version that wrote it.")
      case MDB_MAP_FULL, MDB_DBS_FULL, MDB_TXN_FULL:
        (.full, "The store's limit is reached: raise the map size or write smaller batches.")
      case ENOSPC, EDQUOT, EFBIG:
        (
          .noSpace,
          "The disk or the limit of file sizes is full: free some room and try again; nothing was "
            + "written."
        )
      case EACCES, EROFS, EPERM:
        (.readOnly, "The data directory cannot be written: check its owner and permissions.")
      case MDB_BAD_VALSIZE: (.keyTooLong, "A key has 1 to 511 bytes.")
      default: (.io, "Check the disk and the system's log.")
      }
    self.init(kind, "Could not \(what): \(text). \(remedy)", underlying: code)
  }
}

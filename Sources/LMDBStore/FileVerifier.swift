// SPDX-License-Identifier: Apache-2.0
//
// LMDB trusts its file: a page number or an offset that bit rot has changed can make it read or write
// outside the map. So before LMDB sees a file, the newer meta page's trees are walked over the raw
// bytes, and what LMDB would trip over is refused. Layout of LMDB 0.9 on 64-bit machines:
//
//   page    := number:u64 pad:u16 flags:u16 (lower:u16 upper:u16 | overflowPages:u32) pointer:u16*
//   meta    := page magic:u32 version:u32 address:u64 mapSize:u64 db(free) db(main) last:u64 txn:u64
//   db      := pad:u32 flags:u16 depth:u16 branch:u64 leaf:u64 overflow:u64 entries:u64 root:u64
//   node    := low:u16 high:u16 flags:u16 keySize:u16 key data
//              branch: the child is low | high << 16 | flags << 32; leaf: data size low | high << 16

import Foundation

/// Checks the structure of an LMDB data file before it is opened.
enum FileVerifier {
  /// Walks started anew, at most, because another process committed in the midst of one.
  private static let attempts = 5

  /// Checks the file at `path`; a missing or empty file is fine.
  ///
  /// Another process may be writing to the file. It leaves the pages of a commit alone until it has
  /// made two more, so damage found while no commit came between is damage indeed; otherwise the walk
  /// may have met a page's next use, and starts anew. If commits keep coming faster than walks end,
  /// the file passes: the process that makes them has checked it.
  static func verify(path: String) throws(StoreError) {
    for _ in 0..<attempts {
      guard let length = size(path), length > 0 else { return }
      guard let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
      else { throw StoreError(.readOnly, "Could not read '\(path)': check its permissions.") }
      let damage = data.withUnsafeBytes { file -> String? in
        let before = FileWalk.newestTransaction(file)
        var walk = FileWalk(file)
        do throws(FileWalk.Damage) {
          try walk.run()
          return nil
        } catch {
          // A file that grew after it was mapped may have a newest transaction that lies outside.
          let isStill =
            FileWalk.newestTransaction(file) == before && size(path) == file.count
          return isStill ? error.what : ""
        }
      }
      guard let damage else { return }
      guard damage.isEmpty else {
        throw StoreError(
          .corrupt,
          "The data file '\(path)' is damaged (\(damage)): restore the data directory from a backup."
        )
      }
    }
  }

  private static func size(_ path: String) -> Int? {
    try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
  }
}

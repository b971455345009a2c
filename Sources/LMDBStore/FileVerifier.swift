// SPDX-License-Identifier: Apache-2.0
//
// LMDB trusts its file: a page number or an offset that bit rot has changed can make it read outside
// the map. So before LMDB sees a file, this walks the newer meta page's trees over the raw bytes and
// refuses what LMDB would trip over. Layout of LMDB 0.9 on 64-bit machines:
//
//   page    := number:u64 pad:u16 flags:u16 (lower:u16 upper:u16 | overflowPages:u32) pointer:u16*
//   meta    := page magic:u32 version:u32 address:u64 mapSize:u64 db(free) db(main) last:u64 txn:u64
//   db      := pad:u32 flags:u16 depth:u16 branch:u64 leaf:u64 overflow:u64 entries:u64 root:u64
//   node    := low:u16 high:u16 flags:u16 keySize:u16 key data
//              branch: the child is low | high << 16 | flags << 32; leaf: data size low | high << 16

import Foundation

/// Checks the structure of an LMDB data file before it is opened.
enum FileVerifier {
  private static let pageSize = 4096
  private static let headerSize = 16
  private static let noPage = UInt64.max

  /// Checks the file at `path`; a missing or empty file is fine.
  static func verify(path: String) throws(StoreError) {
    guard let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int,
      size > 0
    else { return }
    guard let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
    else { throw StoreError(.readOnly, "Could not read '\(path)': check its permissions.") }
    var walk = Walk(path: path, pageCount: size / pageSize)
    do {
      try data.withUnsafeBytes { try walk.run($0) }
    } catch let error as StoreError {
      throw error
    } catch {
      throw StoreError(.corrupt, "Could not check '\(path)': \(error).")
    }
  }

  private struct Walk {
    let path: String
    let pageCount: Int
    /// Pages reached, or listed as free; none may be met twice.
    var met: [Bool]
    var lastPage = 0

    init(path: String, pageCount: Int) {
      self.path = path
      self.pageCount = pageCount
      met = Array(repeating: false, count: pageCount)
    }

    func damaged(_ what: String) -> StoreError {
      StoreError(
        .corrupt,
        "The data file '\(path)' is damaged (\(what)): restore the data directory from a backup."
      )
    }

    mutating func run(_ file: UnsafeRawBufferPointer) throws {
      guard pageCount >= 2 else { throw damaged("it is cut short") }
      var newest: Int?
      var newestTransaction: UInt64 = 0
      for page in 0..<2 {
        let base = page * pageSize + headerSize
        guard file.loadUnaligned(fromByteOffset: base, as: UInt32.self) == 0xBEEF_C0DE,
          file.loadUnaligned(fromByteOffset: base + 4, as: UInt32.self) == 1,
          file.loadUnaligned(fromByteOffset: page * pageSize + 10, as: UInt16.self) == 0x08,
          file.loadUnaligned(fromByteOffset: base + 24, as: UInt32.self) == UInt32(pageSize)
        else { throw damaged("meta page \(page)") }
        let transaction = file.loadUnaligned(fromByteOffset: base + 128, as: UInt64.self)
        if newest == nil || transaction > newestTransaction {
          (newest, newestTransaction) = (page, transaction)
        }
      }
      let meta = (newest ?? 0) * pageSize + headerSize
      let last = file.loadUnaligned(fromByteOffset: meta + 120, as: UInt64.self)
      guard last < UInt64(pageCount) else { throw damaged("it is cut short") }
      lastPage = Int(last)
      met[0] = true
      met[1] = true
      try database(file, at: meta + 24, isFreeList: true)
      try database(file, at: meta + 72, isFreeList: false)
    }

    private mutating func database(
      _ file: UnsafeRawBufferPointer,
      at offset: Int,
      isFreeList: Bool
    ) throws {
      let depth = Int(file.loadUnaligned(fromByteOffset: offset + 6, as: UInt16.self))
      let root = file.loadUnaligned(fromByteOffset: offset + 40, as: UInt64.self)
      if root == noPage { return }
      guard depth > 0, depth <= 32 else { throw damaged("a tree's depth") }
      try page(file, root, depth: depth, isFreeList: isFreeList)
    }

    private mutating func claim(_ number: UInt64, count: Int = 1) throws -> Int {
      guard number <= UInt64(lastPage), count > 0, count <= lastPage + 1,
        Int(number) + count <= lastPage + 1
      else { throw damaged("page number \(number)") }
      for page in Int(number)..<(Int(number) + count) {
        guard !met[page] else { throw damaged("page \(page) is used twice") }
        met[page] = true
      }
      return Int(number) * pageSize
    }

    private mutating func page(
      _ file: UnsafeRawBufferPointer,
      _ number: UInt64,
      depth: Int,
      isFreeList: Bool
    ) throws {
      let base = try claim(number)
      let isLeaf = depth == 1
      let flags = file.loadUnaligned(fromByteOffset: base + 10, as: UInt16.self)
      let lower = Int(file.loadUnaligned(fromByteOffset: base + 12, as: UInt16.self))
      let upper = Int(file.loadUnaligned(fromByteOffset: base + 14, as: UInt16.self))
      guard file.loadUnaligned(fromByteOffset: base, as: UInt64.self) == number,
        flags == (isLeaf ? 0x02 : 0x01), lower >= headerSize + (isLeaf ? 2 : 4), lower % 2 == 0,
        lower <= upper,
        upper <= pageSize
      else { throw damaged("page \(number)") }
      for index in 0..<(lower - headerSize) / 2 {
        let node = Int(
          file.loadUnaligned(fromByteOffset: base + headerSize + 2 * index, as: UInt16.self)
        )
        guard node >= upper, node + 8 <= pageSize else { throw damaged("page \(number)") }
        try self.node(
          file,
          at: base + node,
          room: pageSize - node,
          depth: depth,
          isFreeList: isFreeList
        )
      }
    }

    private mutating func node(
      _ file: UnsafeRawBufferPointer,
      at node: Int,
      room: Int,
      depth: Int,
      isFreeList: Bool
    ) throws {
      let low = Int(file.loadUnaligned(fromByteOffset: node, as: UInt16.self))
      let high = Int(file.loadUnaligned(fromByteOffset: node + 2, as: UInt16.self))
      let flags = Int(file.loadUnaligned(fromByteOffset: node + 4, as: UInt16.self))
      let keySize = Int(file.loadUnaligned(fromByteOffset: node + 6, as: UInt16.self))
      guard 8 + keySize <= room, keySize <= 511 else { throw damaged("a key") }
      if depth > 1 {
        try page(
          file,
          UInt64(low | high << 16 | flags << 32),
          depth: depth - 1,
          isFreeList: isFreeList
        )
        return
      }
      let size = low | high << 16
      var data = node + 8 + keySize
      guard flags & ~0x03 == 0, !isFreeList || keySize == 8 else { throw damaged("an entry") }
      if flags & 0x01 != 0 {
        guard 8 + keySize + 8 <= room, flags & 0x02 == 0 else { throw damaged("an entry") }
        let first = file.loadUnaligned(fromByteOffset: data, as: UInt64.self)
        let pages = (size + headerSize + pageSize - 1) / pageSize
        let base = try claim(first, count: pages)
        guard file.loadUnaligned(fromByteOffset: base, as: UInt64.self) == first,
          file.loadUnaligned(fromByteOffset: base + 10, as: UInt16.self) == 0x04,
          file.loadUnaligned(fromByteOffset: base + 12, as: UInt32.self) == UInt32(pages)
        else { throw damaged("page \(first)") }
        data = base + headerSize
      } else {
        guard 8 + keySize + size <= room else { throw damaged("an entry") }
      }
      if isFreeList { try freeList(file, at: data, size: size) }
      if flags & 0x02 != 0 {
        guard size == 48 else { throw damaged("a table's record") }
        try database(file, at: data, isFreeList: false)
      }
    }

    private mutating func freeList(
      _ file: UnsafeRawBufferPointer,
      at data: Int,
      size: Int
    ) throws {
      guard size >= 8, size % 8 == 0 else { throw damaged("the list of free pages") }
      let count = file.loadUnaligned(fromByteOffset: data, as: UInt64.self)
      guard count < UInt64(size / 8) else { throw damaged("the list of free pages") }
      var previous = noPage
      for index in 0..<Int(count) {
        let page = file.loadUnaligned(fromByteOffset: data + 8 + 8 * index, as: UInt64.self)
        // Descending, as LMDB keeps them.
        guard page < previous, page >= 2 else { throw damaged("the list of free pages") }
        _ = try claim(page)
        previous = page
      }
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

/// One walk over every tree of a data file; see FileVerifier.swift for the layout.
struct FileWalk {
  /// What is wrong with a file.
  struct Damage: Error {
    var what: String
  }

  /// What a tree's record counts, and its keys so far.
  private struct Tally {
    var isFreeList: Bool
    var isMain: Bool
    var branches: UInt64 = 0
    var leaves: UInt64 = 0
    var overflows: UInt64 = 0
    var entries: UInt64 = 0
    /// The last leaf's key, and whether the next one may equal it: so for a branch's key.
    var floor: Range<Int>?
    var mayEqualFloor = false
  }

  private static let pageSize = 4096
  private static let headerSize = 16
  private static let nodeHeaderSize = 8
  private static let noPage = UInt64.max

  private let file: UnsafeRawBufferPointer
  /// Pages of the file that were reached or are listed as free; none may be met twice.
  private var met: [Bool]
  /// Free pages after the file's end: they were never written.
  private var unwritten: Set<UInt64> = []
  private var last: UInt64 = 0

  init(_ file: UnsafeRawBufferPointer) {
    self.file = file
    met = Array(repeating: false, count: file.count / Self.pageSize)
  }

  /// The number of the last commit.
  static func newestTransaction(_ file: UnsafeRawBufferPointer) -> UInt64 {
    guard file.count >= 2 * pageSize else { return 0 }
    return (0..<2).map {
      file.loadUnaligned(fromByteOffset: $0 * pageSize + headerSize + 128, as: UInt64.self)
    }.max() ?? 0
  }

  private func u16(_ offset: Int) -> Int {
    Int(file.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }

  private func u32(_ offset: Int) -> UInt32 {
    file.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
  }

  private func u64(_ offset: Int) -> UInt64 {
    file.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
  }

  mutating func run() throws(Damage) {
    guard met.count >= 2 else { throw Damage(what: "it is cut short") }
    var newest = 0
    for page in 0..<2 {
      let base = page * Self.pageSize + Self.headerSize
      guard u32(base) == 0xBEEF_C0DE, u32(base + 4) == 1, u16(page * Self.pageSize + 10) == 0x08,
        u32(base + 24) == UInt32(Self.pageSize)
      else { throw Damage(what: "meta page \(page)") }
      if page == 1, u64(base + 128) > u64(Self.headerSize + 128) { newest = 1 }
    }
    let meta = newest * Self.pageSize + Self.headerSize
    last = u64(meta + 120)
    met[0] = true
    met[1] = true
    try database(at: meta + 24, Tally(isFreeList: true, isMain: false))
    try database(at: meta + 72, Tally(isFreeList: false, isMain: true))
    let short = last &+ 1 > UInt64(met.count) ? last &+ 1 &- UInt64(met.count) : 0
    guard short == UInt64(unwritten.count) else { throw Damage(what: "it is cut short") }
  }

  private mutating func database(at offset: Int, _ empty: Tally) throws(Damage) {
    var tally = empty
    let depth = u16(offset + 6)
    let root = u64(offset + 40)
    // Keys of the list of free pages are whole numbers; and LMDB keeps the page size in its record.
    guard u16(offset + 4) == (tally.isFreeList ? 0x08 : 0),
      u32(offset) == (tally.isFreeList ? UInt32(Self.pageSize) : 0)
    else { throw Damage(what: "a tree's flags") }
    if root != Self.noPage {
      guard depth > 0, depth <= 32 else { throw Damage(what: "a tree's depth") }
      try page(root, depth: depth, &tally)
    }
    guard u64(offset + 8) == tally.branches, u64(offset + 16) == tally.leaves,
      u64(offset + 24) == tally.overflows, u64(offset + 32) == tally.entries,
      root != Self.noPage || depth == 0
    else { throw Damage(what: "a tree's counts") }
  }

  /// Marks pages as met; returns where the first starts.
  private mutating func claim(_ number: UInt64, count: Int = 1) throws(Damage) -> Int {
    guard number <= last, count > 0, count <= met.count, number <= UInt64(met.count - count) else {
      throw Damage(what: number <= last ? "it is cut short" : "page number \(number)")
    }
    for page in Int(number)..<(Int(number) + count) {
      guard !met[page] else { throw Damage(what: "page \(page) is used twice") }
      met[page] = true
    }
    return Int(number) * Self.pageSize
  }

  private mutating func page(
    _ number: UInt64,
    depth: Int,
    _ tally: inout Tally
  ) throws(Damage) {
    let base = try claim(number)
    let isLeaf = depth == 1
    if isLeaf { tally.leaves += 1 } else { tally.branches += 1 }
    let lower = u16(base + 12)
    let upper = u16(base + 14)
    guard u64(base) == number, u16(base + 10) == (isLeaf ? 0x02 : 0x01),
      lower >= Self.headerSize + (isLeaf ? 2 : 4), lower % 2 == 0, lower <= upper,
      upper <= Self.pageSize
    else { throw Damage(what: "page \(number)") }
    var taken: [Range<Int>] = []
    for index in 0..<(lower - Self.headerSize) / 2 {
      let node = u16(base + Self.headerSize + 2 * index)
      guard node >= upper, node % 2 == 0, node + Self.nodeHeaderSize <= Self.pageSize else {
        throw Damage(what: "page \(number)")
      }
      let size = try self.node(
        at: base + node,
        room: Self.pageSize - node,
        index: index,
        depth: depth,
        &tally
      )
      taken.append(node..<(node + (size + 1) & ~1))
    }
    // Nodes fill a page's end without gaps: LMDB moves them by their sizes.
    taken.sort { $0.lowerBound < $1.lowerBound }
    var end = upper
    for node in taken {
      guard node.lowerBound == end else { throw Damage(what: "page \(number)") }
      end = node.upperBound
    }
    guard end == Self.pageSize else { throw Damage(what: "page \(number)") }
  }

  /// Checks a node and what hangs on it; returns the bytes that it takes in its page.
  private mutating func node(
    at node: Int,
    room: Int,
    index: Int,
    depth: Int,
    _ tally: inout Tally
  ) throws(Damage) -> Int {
    let low = u16(node)
    let high = u16(node + 2)
    let flags = u16(node + 4)
    let keySize = u16(node + 6)
    let keyEnd = Self.nodeHeaderSize + keySize
    guard keyEnd <= room, keySize <= 511 else { throw Damage(what: "a key") }
    let key = (node + Self.nodeHeaderSize)..<(node + keyEnd)
    if depth > 1 {
      // A branch's first key is not used: the first child has what is below the second.
      if index > 0 { try advance(to: key, isBranch: true, &tally) }
      try page(UInt64(low | high << 16 | flags << 32), depth: depth - 1, &tally)
      return keyEnd
    }
    try advance(to: key, isBranch: false, &tally)
    tally.entries += 1
    let size = low | high << 16
    guard flags & ~0x03 == 0 else { throw Damage(what: "an entry") }
    guard flags & 0x01 != 0 else {
      guard keyEnd + size <= room else { throw Damage(what: "an entry") }
      try value(at: node + keyEnd, size: size, isTable: flags & 0x02 != 0, tally)
      return keyEnd + size
    }
    guard keyEnd + 8 <= room, flags & 0x02 == 0 else { throw Damage(what: "an entry") }
    let first = u64(node + keyEnd)
    let needed = (size + Self.headerSize + Self.pageSize - 1) / Self.pageSize
    guard first < UInt64(met.count) else { throw Damage(what: "page number \(first)") }
    let base = Int(first) * Self.pageSize
    // A value that was replaced by a shorter one in the same commit may keep more pages.
    let pages = Int(u32(base + 12))
    guard u64(base) == first, u16(base + 10) == 0x04, pages >= needed else {
      throw Damage(what: "page \(first)")
    }
    _ = try claim(first, count: pages)
    tally.overflows += UInt64(pages)
    try value(at: base + Self.headerSize, size: size, isTable: false, tally)
    return keyEnd + 8
  }

  private mutating func value(
    at data: Int,
    size: Int,
    isTable: Bool,
    _ tally: Tally
  ) throws(Damage) {
    if tally.isFreeList { try freePages(at: data, size: size) }
    guard isTable else { return }
    guard size == 48, tally.isMain else { throw Damage(what: "a table's record") }
    try database(at: data, Tally(isFreeList: false, isMain: false))
  }

  /// Checks that keys ascend.
  ///
  /// A leaf's key is above the one before it and not below the branch's key that leads to it; a
  /// branch's key is above all keys before it.
  private func advance(to key: Range<Int>, isBranch: Bool, _ tally: inout Tally) throws(Damage) {
    guard tally.isFreeList ? key.count == 8 : !key.isEmpty else { throw Damage(what: "a key") }
    if let floor = tally.floor {
      let isAbove =
        tally.isFreeList
        ? u64(floor.lowerBound) < u64(key.lowerBound)
        : file[floor].lexicographicallyPrecedes(file[key])
      guard isAbove || (tally.mayEqualFloor && file[floor].elementsEqual(file[key])) else {
        throw Damage(what: "the order of keys")
      }
    }
    tally.floor = key
    tally.mayEqualFloor = isBranch
  }

  private mutating func freePages(at data: Int, size: Int) throws(Damage) {
    guard size >= 8, size % 8 == 0, u64(data) < UInt64(size / 8) else {
      throw Damage(what: "the list of free pages")
    }
    var previous = Self.noPage
    for index in 0..<Int(u64(data)) {
      let page = u64(data + 8 + 8 * index)
      // Descending, as LMDB keeps them.
      guard page < previous, page >= 2, page <= last else {
        throw Damage(what: "the list of free pages")
      }
      if page < UInt64(met.count) {
        _ = try claim(page)
      } else if !unwritten.insert(page).inserted {
        throw Damage(what: "page \(page) is used twice")
      }
      previous = page
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

/// A segment's terms, sorted by bytes; see TermDictionaryWriter.swift for the format.
///
/// Any bytes can be read: damage yields fewer or other terms, or an error from the initializer.
struct TermDictionary {
  /// A term that was found.
  struct Entry {
    var term: [UInt8]
    /// Documents that hold the term in the field where most do.
    var documentFrequency: UInt32
    /// Where the postings are; see PostingsFormat.swift.
    var payload: UnsafeRawBufferPointer
  }

  /// The number of terms.
  let count: Int
  let blockCount: Int
  private let index: UnsafeRawBufferPointer
  private let blocks: UnsafeRawBufferPointer

  /// Wraps the bytes of a dictionary, which must outlive it.
  init(_ bytes: UnsafeRawBufferPointer) throws(IndexError) {
    var reader = ByteReader(bytes)
    blockCount = Int(try reader.integer(UInt32.self))
    count = Int(try reader.integer(UInt32.self))
    guard count <= blockCount * TermDictionaryWriter.blockSize else { throw ByteReader.truncated }
    index = try reader.take(8 * blockCount)
    blocks = try reader.take(reader.remaining)
  }

  /// A reader at the start of a block.
  func cursor(block: Int) -> TermCursor {
    guard block < blockCount else {
      return TermCursor(UnsafeRawBufferPointer(start: nil, count: 0), limit: 0)
    }
    let start = Int(index.loadUnaligned(fromByteOffset: 4 * block, as: UInt32.self))
    guard start < blocks.count else {
      return TermCursor(UnsafeRawBufferPointer(start: nil, count: 0), limit: 0)
    }
    return TermCursor(
      UnsafeRawBufferPointer(rebasing: blocks[start...]),
      limit: count - block * TermDictionaryWriter.blockSize
    )
  }

  /// The greatest document frequency in a block.
  func mostFrequent(block: Int) -> UInt32 {
    index.loadUnaligned(fromByteOffset: 4 * (blockCount + block), as: UInt32.self)
  }

  /// The last block whose first term is not above `term`; 0 if all are.
  func block(of term: UnsafeBufferPointer<UInt8>) -> Int {
    var (low, high) = (0, blockCount)
    while high - low > 1 {
      let middle = (low + high) / 2
      if firstTermExceeds(term, block: middle) { high = middle } else { low = middle }
    }
    return low
  }

  private func firstTermExceeds(_ term: UnsafeBufferPointer<UInt8>, block: Int) -> Bool {
    let first = firstTerm(ofBlock: block)
    for index in 0..<min(first.count, term.count) where first[index] != term[index] {
      return first[index] > term[index]
    }
    return first.count > term.count
  }

  /// The bytes of a block's first term; none at damage.
  @inline(__always)
  func firstTerm(ofBlock block: Int) -> UnsafeRawBufferPointer {
    let none = UnsafeRawBufferPointer(start: nil, count: 0)
    let start = Int(index.loadUnaligned(fromByteOffset: 4 * block, as: UInt32.self))
    // Nothing is shared with a term before it, and lengths up to 255 take one byte or two.
    guard start + 3 <= blocks.count, blocks[start] == 0 else { return none }
    var (length, at) = (Int(blocks[start + 1]), start + 2)
    if length >= 0x80 {
      length = length & 0x7F | Int(blocks[start + 2]) << 7
      at += 1
    }
    guard length <= 255, at + length <= blocks.count else { return none }
    return UnsafeRawBufferPointer(rebasing: blocks[at..<(at + length)])
  }

  /// Finds a term.
  ///
  /// - Complexity: O(log `blockCount`) first terms compared, then at most 16 entries read.
  func lookUp(_ term: UnsafeBufferPointer<UInt8>) -> Entry? {
    let cursor = cursor(block: block(of: term))
    for _ in 0..<TermDictionaryWriter.blockSize {
      guard cursor.advance() else { return nil }
      if cursor.utf8.elementsEqual(term) { return cursor.entry }
      if term.lexicographicallyPrecedes(cursor.utf8) { return nil }
    }
    return nil
  }

  /// Finds a term given as an array.
  func lookUp(_ term: [UInt8]) -> Entry? { term.withUnsafeBufferPointer { lookUp($0) } }
}

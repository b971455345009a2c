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
    let start = Int(index.loadUnaligned(fromByteOffset: 4 * block, as: UInt32.self))
    guard start < blocks.count else { return true }
    var reader = ByteReader(UnsafeRawBufferPointer(rebasing: blocks[start...]))
    guard (try? reader.varint()) == 0, let length = try? reader.varint(), length <= 255,
      let first = try? reader.take(Int(length))
    else { return true }
    for index in 0..<min(first.count, term.count) where first[index] != term[index] {
      return first[index] > term[index]
    }
    return first.count > term.count
  }

  /// Finds a term.
  ///
  /// - Complexity: O(log `blockCount`) first terms compared, then at most 16 entries read.
  func lookUp(_ term: UnsafeBufferPointer<UInt8>) -> Entry? {
    var cursor = cursor(block: block(of: term))
    for _ in 0..<TermDictionaryWriter.blockSize {
      guard cursor.advance() else { return nil }
      if cursor.term.elementsEqual(term) { return cursor.entry }
      if term.lexicographicallyPrecedes(cursor.term) { return nil }
    }
    return nil
  }

  /// Finds a term given as an array.
  func lookUp(_ term: [UInt8]) -> Entry? { term.withUnsafeBufferPointer { lookUp($0) } }
}

/// Reads terms in order, from the start of a block to the dictionary's end.
struct TermCursor {
  /// The term read last.
  private(set) var term: [UInt8] = []
  private(set) var documentFrequency: UInt32 = 0
  private(set) var payload = UnsafeRawBufferPointer(start: nil, count: 0)
  private var reader: ByteReader
  private var left: Int

  init(_ bytes: UnsafeRawBufferPointer, limit: Int) {
    reader = ByteReader(bytes)
    left = limit
  }

  var entry: TermDictionary.Entry {
    TermDictionary.Entry(term: term, documentFrequency: documentFrequency, payload: payload)
  }

  /// Moves to the next term; false at the end, and at damage.
  mutating func advance() -> Bool {
    guard left > 0, !reader.isAtEnd, let shared = try? reader.varint(), shared <= term.count,
      let length = try? reader.varint(), length <= 255,
      let suffix = try? reader.take(Int(length)), let frequency = try? reader.varint(),
      let payloadLength = try? reader.varint(), payloadLength <= 1 << 24,
      let payload = try? reader.take(Int(payloadLength))
    else {
      left = 0
      return false
    }
    term.removeSubrange(Int(shared)...)
    term.append(contentsOf: suffix)
    documentFrequency = UInt32(truncatingIfNeeded: frequency)
    self.payload = payload
    left -= 1
    return true
  }
}

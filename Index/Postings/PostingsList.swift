// SPDX-License-Identifier: Apache-2.0

import CKernels

/// One term's postings in one field of one segment, located but not yet decoded.
///
/// Valid while the snapshot that owns the bytes lives. Reading corrupt bytes yields wrong or fewer
/// documents, never a trap: every read is bounded by its piece.
public struct PostingsList {
  /// The field's number in the schema.
  public let field: Int
  /// Documents in the list.
  public let count: Int

  let kind: PostingsFormat.Kind
  /// For single: document, frequency and gaps as varints.
  ///
  /// Otherwise unused.
  let inline: UnsafeRawBufferPointer
  let postings: PagedBytes
  let positions: PagedBytes
  let blocksAt: UInt64
  let positionsAt: UInt64
  let directory: UnsafeRawBufferPointer
  let blockCount: Int
  let rangeCount: Int
  let maximum: Float

  /// Reads the lists of a dictionary payload, fields ascending.
  ///
  /// - Throws: ``IndexError`` with code corrupt if the payload is no list of lists.
  static func lists(
    payload: UnsafeRawBufferPointer,
    postings: PagedBytes,
    positions: PagedBytes
  ) throws(IndexError) -> [PostingsList] {
    var lists: [PostingsList] = []
    var reader = ByteReader(payload)
    while !reader.isAtEnd {
      let head = try reader.varint()
      guard let kind = PostingsFormat.Kind(rawValue: UInt8(head & 3)), head < 1 << 22 else {
        throw IndexError(.corrupt, "A postings description is damaged: restore from a backup.")
      }
      lists.append(
        try PostingsList(
          field: Int(head >> 2),
          kind: kind,
          reader: &reader,
          postings: postings,
          positions: positions
        )
      )
    }
    return lists
  }

  private init(
    field: Int,
    kind: PostingsFormat.Kind,
    reader: inout ByteReader,
    postings: PagedBytes,
    positions: PagedBytes
  ) throws(IndexError) {
    self.field = field
    self.kind = kind
    self.postings = postings
    self.positions = positions
    var (blocksAt, positionsAt) = (UInt64(0), UInt64(0))
    var (directory, inline) = (
      UnsafeRawBufferPointer(start: nil, count: 0), UnsafeRawBufferPointer(start: nil, count: 0)
    )
    var (count, blockCount, rangeCount, maximum) = (1, 1, 0, Float(1))
    switch kind {
    case .single:
      let start = reader.offset
      _ = try reader.varint()
      let frequency = try reader.varint() &+ 1
      for _ in 0..<min(frequency, 1000) { _ = try reader.varint() }
      inline = UnsafeRawBufferPointer(rebasing: reader.bytes[start..<reader.offset])
    case .short:
      count = Int(truncatingIfNeeded: min(try reader.varint(), 127))
      blocksAt = try reader.varint()
      positionsAt = try reader.varint()
      try postings.verify(from: blocksAt, to: blocksAt)
    case .full:
      count = Int(truncatingIfNeeded: min(try reader.varint(), UInt64(UInt32.max)))
      let at = try reader.varint()
      try postings.verify(from: at, to: at)
      let bytes = postings.bytes(at: at)
      let headerSize = PostingsFormat.directoryHeaderSize
      guard bytes.count >= headerSize else { throw Self.damaged }
      blockCount = Int(bytes.loadUnaligned(as: UInt32.self))
      rangeCount = Int(bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
      maximum = Float(bitPattern: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
      blocksAt = bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
      positionsAt = bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
      // A saturation, which evaluation turns into whole numbers.
      guard (0...1).contains(maximum), blockCount == (count + 127) / 128,
        bytes.count >= headerSize + 12 * blockCount + rangeCount
      else { throw Self.damaged }
      try postings.verify(from: blocksAt, to: at)
      directory = bytes
    }
    self.count = count
    self.blocksAt = blocksAt
    self.positionsAt = positionsAt
    self.directory = directory
    self.inline = inline
    self.blockCount = blockCount
    self.rangeCount = rangeCount
    self.maximum = maximum
  }

  private static var damaged: IndexError {
    IndexError(.corrupt, "A postings directory is damaged: restore from a backup.")
  }

  /// The impact bytes, one for each run of 128 documents; empty for a sparse list.
  var impacts: UnsafeRawBufferPointer {
    guard kind == .full, rangeCount > 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    let start = PostingsFormat.directoryHeaderSize + 12 * blockCount
    return UnsafeRawBufferPointer(rebasing: directory[start..<(start + rangeCount)])
  }

  /// The last document of a block.
  @inline(__always)
  func lastDocument(ofBlock block: Int) -> UInt32 {
    guard kind == .full else { return UInt32.max - 1 }
    return directory.loadUnaligned(
      fromByteOffset: PostingsFormat.directoryHeaderSize + 4 * block,
      as: UInt32.self
    )
  }

  /// Decodes a block.
  ///
  /// `documents`: Room for 128 numbers.
  /// `frequencies`: Room for 128 numbers.
  /// - Returns: How many documents were written.
  @inline(__always)
  func decode(
    block: Int,
    documents: UnsafeMutablePointer<UInt32>,
    frequencies: UnsafeMutablePointer<UInt32>
  ) -> Int {
    let (count, packed) = decodeDocuments(block: block, documents, frequencies)
    if let packed { martlet_block_frequencies(packed, frequencies) }
    return count
  }

  /// Decodes a block's documents, and its frequencies where they lie among them.
  ///
  /// `documents`: Room for 128 numbers.
  /// `frequencies`: Room for 128 numbers.
  /// - Returns: How many documents were written, and the block for `martlet_block_frequencies` if the
  ///   frequencies were not.
  func decodeDocuments(
    block: Int,
    _ documents: UnsafeMutablePointer<UInt32>,
    _ frequencies: UnsafeMutablePointer<UInt32>
  ) -> (count: Int, packed: UnsafePointer<UInt8>?) {
    switch kind {
    case .single:
      var reader = ByteReader(inline)
      guard let document = try? reader.varint(), let frequency = try? reader.varint() else {
        return (0, nil)
      }
      documents[0] = UInt32(truncatingIfNeeded: document)
      frequencies[0] = UInt32(truncatingIfNeeded: frequency) &+ 1
      return (1, nil)
    case .short:
      let bytes = postings.bytes(at: blocksAt)
      return (Self.decodeTail(bytes, count, after: UInt32.max, documents, frequencies), nil)
    case .full:
      let at = directory.loadUnaligned(
        fromByteOffset: PostingsFormat.directoryHeaderSize + 4 * (blockCount + block),
        as: UInt32.self
      )
      let bytes = postings.bytes(at: blocksAt &+ UInt64(at))
      let previous = block == 0 ? UInt32.max : lastDocument(ofBlock: block - 1)
      let rest = count - block * PostingsFormat.blockSize
      if rest < PostingsFormat.blockSize {
        return (Self.decodeTail(bytes, rest, after: previous, documents, frequencies), nil)
      }
      guard let packed = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self),
        martlet_block_documents(packed, bytes.count, previous, documents) != 0
      else { return (0, nil) }
      return (PostingsFormat.blockSize, packed)
    }
  }

  private static func decodeTail(
    _ bytes: UnsafeRawBufferPointer,
    _ count: Int,
    after previous: UInt32,
    _ documents: UnsafeMutablePointer<UInt32>,
    _ frequencies: UnsafeMutablePointer<UInt32>
  ) -> Int {
    var reader = ByteReader(bytes)
    var document = previous
    for index in 0..<min(count, 128) {
      guard let head = try? reader.varint() else { return index }
      document = document &+ UInt32(truncatingIfNeeded: head >> 1) &+ 1
      documents[index] = document
      frequencies[index] = 1
      if head & 1 == 1 {
        guard let more = try? reader.varint() else { return index }
        frequencies[index] = UInt32(truncatingIfNeeded: more) &+ 2
      }
    }
    return min(count, 128)
  }
}

// SPDX-License-Identifier: Apache-2.0
//
// Documents as they were sent, in Zstandard blocks of about 8 KiB:
//
//   index  := blocks:u32 (firstDocument:u32)[blocks] (at:u64)[blocks]
//   pieces := block*          block := rawLength:u32 compressedLength:u32 compressed
//   raw    := (length document)*                      lengths are LEB128 varints

internal import CZstd

/// Builds stored documents.
struct StoredDocumentsWriter {
  private static let blockSize = 8 << 10

  private var pieces: PagedBytesWriter
  private var firsts: [UInt32] = []
  private var positions: [UInt64] = []
  private var raw: [UInt8] = []
  private var blockFirst: UInt32 = 0
  private var count: UInt32 = 0

  /// Creates a writer for about so many documents.
  init(documentCount: Int) { pieces = PagedBytesWriter(documentCount: documentCount) }

  /// Adds the next document's bytes.
  mutating func add(_ document: UnsafeBufferPointer<UInt8>) {
    Varint.append(UInt64(document.count), to: &raw)
    raw.append(contentsOf: document)
    count += 1
    if raw.count >= Self.blockSize { flush() }
  }

  private mutating func flush() {
    guard !raw.isEmpty else { return }
    var compressed = [UInt8](repeating: 0, count: ZSTD_compressBound(raw.count))
    let size = ZSTD_compress(&compressed, compressed.count, raw, raw.count, 1)
    var block: [UInt8] = []
    LittleEndian.append(UInt32(raw.count), to: &block)
    LittleEndian.append(UInt32(size), to: &block)
    block.append(contentsOf: compressed[..<size])
    firsts.append(blockFirst)
    // A long document's block can exceed a piece: its parts are read back in order.
    var isFirst = true
    var offset = 0
    while offset < block.count {
      let end = min(offset + PagedBytes.longestAppend, block.count)
      let at = pieces.append(Array(block[offset..<end]))
      if isFirst { positions.append(at) }
      isFirst = false
      offset = end
    }
    raw.removeAll(keepingCapacity: true)
    blockFirst = count
  }

  /// The index's bytes and the pieces.
  consuming func finish() -> (index: [UInt8], pieces: [[UInt8]]) {
    flush()
    var index: [UInt8] = []
    LittleEndian.append(UInt32(firsts.count), to: &index)
    for first in firsts { LittleEndian.append(first, to: &index) }
    for position in positions { LittleEndian.append(position, to: &index) }
    return (index, pieces.finish())
  }
}

/// Reads stored documents.
struct StoredDocuments {
  private let owner = BlockCache.Owner()
  private let blockCount: Int
  private let firsts: UnsafeRawBufferPointer
  private let positions: UnsafeRawBufferPointer
  private let pieces: PagedBytes

  init(index: UnsafeRawBufferPointer, pieces: PagedBytes) throws(IndexError) {
    var reader = ByteReader(index)
    blockCount = Int(try reader.integer(UInt32.self))
    firsts = try reader.take(4 * blockCount)
    positions = try reader.take(8 * blockCount)
    self.pieces = pieces
  }

  private func first(_ block: Int) -> Int {
    Int(firsts.loadUnaligned(fromByteOffset: 4 * block, as: UInt32.self))
  }

  /// A document's stored bytes.
  func document(_ document: Int) throws(IndexError) -> [UInt8] {
    var (low, high) = (0, blockCount)
    while high - low > 1 {
      let middle = (low + high) / 2
      if first(middle) > document { high = middle } else { low = middle }
    }
    guard low < blockCount else { throw ByteReader.truncated }
    let raw = try BlockCache.shared.block(owner, low) { () throws(IndexError) in try block(low) }
    let skipped = document - first(low)
    let found = raw.withUnsafeBytes { bytes -> [UInt8]? in
      var reader = ByteReader(bytes)
      for _ in 0..<max(0, skipped) {
        guard let length = try? reader.varint(), (try? reader.take(Int(clamping: length))) != nil
        else { return nil }
      }
      guard let length = try? reader.varint() else { return nil }
      return (try? reader.take(Int(clamping: length))).map { Array($0) }
    }
    guard let found else { throw ByteReader.truncated }
    return found
  }

  /// Calls `body` with every document, ascending; each block is decompressed once.
  func forEach(_ body: (Int, UnsafeBufferPointer<UInt8>) -> Void) throws(IndexError) {
    for number in 0..<blockCount {
      let raw = try block(number)
      let isWhole = raw.withUnsafeBytes { bytes -> Bool in
        var reader = ByteReader(bytes)
        var document = first(number)
        while !reader.isAtEnd {
          guard let length = try? reader.varint(),
            let content = try? reader.take(Int(clamping: length))
          else { return false }
          body(document, content.bindMemory(to: UInt8.self))
          document += 1
        }
        return true
      }
      guard isWhole else { throw ByteReader.truncated }
    }
  }

  private func block(_ block: Int) throws(IndexError) -> [UInt8] {
    let at = positions.loadUnaligned(fromByteOffset: 8 * block, as: UInt64.self)
    try pieces.verify(from: at, to: at)
    var reader = ByteReader(pieces.bytes(at: at))
    let rawLength = Int(try reader.integer(UInt32.self))
    let length = Int(try reader.integer(UInt32.self))
    guard rawLength <= 64 << 20, length <= 64 << 20 else { throw ByteReader.truncated }
    var compressed: [UInt8] = []
    var piece = at >> 20
    var left = length
    while left > 0 {
      let usable = reader.remaining - PagedBytes.slack
      let part = try reader.take(min(left, max(0, usable)))
      guard !part.isEmpty else { throw ByteReader.truncated }
      compressed.append(contentsOf: part)
      left -= part.count
      piece += 1
      if left > 0 {
        try pieces.verify(from: piece << 20, to: piece << 20)
        reader = ByteReader(pieces.bytes(at: piece << 20))
      }
    }
    var raw = [UInt8](repeating: 0, count: rawLength)
    let size = ZSTD_decompress(&raw, rawLength, compressed, compressed.count)
    guard size == rawLength else {
      throw IndexError(.corrupt, "A block of stored documents is damaged: restore from a backup.")
    }
    return raw
  }
}

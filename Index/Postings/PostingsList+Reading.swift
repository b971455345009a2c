// SPDX-License-Identifier: Apache-2.0

extension PostingsList {
  /// Calls `body` with each block's documents and frequencies, ascending, until it returns false.
  func forEachBlock(
    _ body: (_ documents: UnsafeBufferPointer<UInt32>, _ frequencies: UnsafeBufferPointer<UInt32>)
      -> Bool
  ) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 256) { scratch in
      guard let base = scratch.baseAddress else { return }
      for block in 0..<blockCount {
        let read = decode(block: block, documents: base, frequencies: base + 128)
        let more = body(
          UnsafeBufferPointer(start: base, count: read),
          UnsafeBufferPointer(start: base + 128, count: read))
        guard more else { return }
      }
    }
  }

  /// Sets the bit of each document; `words` has room for every document of the segment.
  public func mark(in words: UnsafeMutableBufferPointer<UInt64>) {
    forEachBlock { documents, _ in
      for document in documents where Int(document >> 6) < words.count {
        words[Int(document >> 6)] |= 1 << UInt64(document & 63)
      }
      return true
    }
  }

  /// The positions of the term in one document, ascending; empty if it is not there.
  public func positions(in document: UInt32) -> [UInt32] {
    if kind == .single {
      var reader = ByteReader(inline)
      guard let only = try? reader.varint(), only == UInt64(document),
        let frequency = try? reader.varint()
      else { return [] }
      var position: UInt32 = 0
      return (0...min(frequency, 1000)).compactMap { _ in
        guard let gap = try? reader.varint() else { return nil }
        position &+= UInt32(truncatingIfNeeded: gap)
        return position
      }
    }
    return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 256) { scratch in
      guard let base = scratch.baseAddress else { return [] }
      let block = self.block(of: document)
      guard block < blockCount else { return [] }
      let read = decode(block: block, documents: base, frequencies: base + 128)
      var skipped = 0
      for index in 0..<read {
        if base[index] == document {
          return gaps(block: block, from: skipped, count: Int(base[128 + index]))
        }
        skipped += Int(base[128 + index])
      }
      return []
    }
  }

  /// The first block whose last document is at or after `document`; ``blockCount`` if none is.
  @inline(__always)
  func block(of document: UInt32, from hint: Int = 0) -> Int {
    guard kind == .full else { return 0 }
    var (low, high) = (hint, blockCount)
    // Gallop first: readers move forward in small steps.
    var step = 1
    while low + step < high, lastDocument(ofBlock: low + step - 1) < document {
      low += step
      step *= 2
    }
    high = min(high, low + step)
    while low < high {
      let middle = (low + high) / 2
      if lastDocument(ofBlock: middle) < document { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func gaps(block: Int, from skipped: Int, count: Int) -> [UInt32] {
    var at = positionsAt
    if kind == .full {
      at &+= UInt64(
        directory.loadUnaligned(
          fromByteOffset: PostingsFormat.directoryHeaderSize + 4 * (2 * blockCount + block),
          as: UInt32.self))
    }
    let bytes = positions.bytes(at: at)
    guard let width = bytes.first, width <= 32, count <= 1000 else { return [] }
    var result: [UInt32] = []
    var position: UInt32 = 0
    for index in skipped..<(skipped + count) {
      var value: UInt64 = 0
      let firstBit = 8 + index * Int(width)
      let lastByte = (firstBit + Int(width) + 7) / 8
      guard lastByte <= bytes.count else { return result }
      for byte in (firstBit / 8..<lastByte).reversed() { value = value << 8 | UInt64(bytes[byte]) }
      value = value >> UInt64(firstBit % 8) & (1 << UInt64(width) - 1)
      position &+= UInt32(value)
      result.append(position)
    }
    return result
  }
}

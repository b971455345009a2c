// SPDX-License-Identifier: Apache-2.0

import CKernels

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
          UnsafeBufferPointer(start: base + 128, count: read)
        )
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
    guard kind == .full, let base = directory.baseAddress else { return 0 }
    let last = base + PostingsFormat.directoryHeaderSize
    return martlet_block_from(last, blockCount, hint, document)
  }

  /// The position gaps of a block's postings from number `skipped` on.
  private func gaps(block: Int, from skipped: Int, count: Int) -> [UInt32] {
    var result: [UInt32] = []
    var position: UInt32 = 0
    forEachGap(block: block, from: skipped, count: min(count, 1000)) {
      position &+= $0
      result.append(position)
    }
    return result
  }

  /// Calls `body` with `count` position gaps of a block, from number `skipped` on.
  func forEachGap(block: Int, from skipped: Int, count: Int, _ body: (UInt32) -> Void) {
    var at = positionsAt
    if kind == .full {
      at &+= UInt64(
        directory.loadUnaligned(
          fromByteOffset: PostingsFormat.directoryHeaderSize + 4 * (2 * blockCount + block),
          as: UInt32.self
        )
      )
    }
    guard (try? positions.verify(from: at, to: at)) != nil else { return }
    let bytes = positions.bytes(at: at)
    guard let width = bytes.first, width <= 32 else { return }
    let mask: UInt64 = (1 << UInt64(width)) - 1
    var bit = 8 + skipped * Int(width)
    for _ in 0..<count {
      // The slack after each piece makes eight bytes readable wherever a value starts.
      guard (bit >> 3) + 8 <= bytes.count else { return }
      let word = bytes.loadUnaligned(fromByteOffset: bit >> 3, as: UInt64.self)
      body(UInt32(truncatingIfNeeded: (word >> UInt64(bit & 7)) & mask))
      bit += Int(width)
    }
  }

  /// Calls `body` with each document and its positions, ascending.
  func forEachPosting(_ body: (UInt32, UnsafeBufferPointer<UInt32>) -> Void) {
    let positions = FlatArray<UInt32>(capacity: 64)
    if kind == .single {
      var reader = ByteReader(inline)
      guard let document = try? reader.varint() else { return }
      let all = self.positions(in: UInt32(truncatingIfNeeded: document))
      all.withUnsafeBufferPointer { body(UInt32(truncatingIfNeeded: document), $0) }
      return
    }
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 256) { scratch in
      guard let base = scratch.baseAddress else { return }
      for block in 0..<blockCount {
        let read = decode(block: block, documents: base, frequencies: base + 128)
        positions.resize(to: 0, filling: 0)
        var total = 0
        for index in 0..<read { total += Int(min(base[128 + index], 1000)) }
        forEachGap(block: block, from: 0, count: total) { positions.append($0) }
        var start = 0
        for index in 0..<read {
          let frequency = Int(min(base[128 + index], 1000))
          guard start + frequency <= positions.count else { return }
          for next in (start + 1)..<max(start + 1, start + frequency) {
            positions.base[next] &+= positions.base[next - 1]
          }
          body(
            base[index],
            UnsafeBufferPointer(start: positions.base + start, count: frequency)
          )
          start += frequency
        }
      }
    }
  }
}

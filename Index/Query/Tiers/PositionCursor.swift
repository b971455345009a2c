// SPDX-License-Identifier: Apache-2.0

/// Reads a list's positions in documents that mostly ascend; each block is decoded once then.
final class PositionCursor {
  private let list: PostingsList
  /// A block's documents, then its frequencies.
  private var decoded: [UInt32] = []
  private var count = 0
  private var block = -1

  init(_ list: PostingsList) { self.list = list }

  /// Appends the positions of the list's term in a document, ascending; none if it is not there.
  func append(document: UInt32, to positions: inout [UInt32]) {
    guard list.kind != .single else {
      positions += list.positions(in: document)
      return
    }
    let wanted = list.block(of: document, from: isAhead(document) ? max(0, block) : 0)
    guard wanted < list.blockCount else { return }
    if wanted != block { decode(wanted) }
    var skipped = 0
    for place in 0..<count {
      guard decoded[place] < document else {
        guard decoded[place] == document else { return }
        var position: UInt32 = 0
        // As many as ``PostingsList/positions(in:)`` gives.
        let frequency = min(Int(decoded[128 + place]), 1000)
        list.forEachGap(block: block, from: skipped, count: frequency) {
          position &+= $0
          positions.append(position)
        }
        return
      }
      skipped += Int(decoded[128 + place])
    }
  }

  private func isAhead(_ document: UInt32) -> Bool {
    block > 0 && list.lastDocument(ofBlock: block - 1) < document
  }

  private func decode(_ block: Int) {
    if decoded.isEmpty { decoded = Array(repeating: 0, count: 256) }
    self.block = block
    decoded.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      count = list.decode(block: block, documents: base, frequencies: base + 128)
    }
  }
}

extension PostingsList {
  /// Calls `body` with the places in `wanted` of the documents that the list holds.
  ///
  /// `wanted`: Documents, ascending.
  /// - Complexity: O(*w*) blocks for *w* wanted documents, or all blocks if they are fewer.
  func forEach(in wanted: [UInt32], _ body: (Int) -> Void) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 256) { scratch in
      guard let base = scratch.baseAddress else { return }
      var (known, count, at) = (-1, 0, 0)
      for (place, document) in wanted.enumerated() {
        let block = block(of: document, from: max(0, known))
        guard block < blockCount else { return }
        if block != known {
          count = decodeDocuments(block: block, base, base + 128).count
          (known, at) = (block, 0)
        }
        while at < count, base[at] < document { at += 1 }
        if at < count, base[at] == document { body(place) }
      }
    }
  }
}

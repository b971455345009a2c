// SPDX-License-Identifier: Apache-2.0

import CKernels

/// Encodes the postings of one segment, term after term; see PostingsFormat.swift for the bytes.
struct PostingsEncoder {
  private(set) var postings: PagedBytesWriter
  private(set) var positions: PagedBytesWriter

  private let rangeCount: Int
  private let documentCount: Int
  private var block: [UInt8] = []
  private var gaps = [UInt32](repeating: 0, count: 128)
  private var counts = [UInt32](repeating: 0, count: 128)

  /// - Parameter documentCount: The segment's documents; fixes when a list counts as dense.
  init(documentCount: Int) {
    self.documentCount = documentCount
    postings = PagedBytesWriter(documentCount: documentCount)
    positions = PagedBytesWriter(documentCount: documentCount)
    rangeCount = (documentCount + PostingsFormat.rangeSize - 1) >> PostingsFormat.rangeShift
  }

  /// Encodes one term's list in one field and appends its description to `payload`.
  ///
  /// `documents`: Ascending document numbers.
  /// `frequencies`: Occurrences per document, 1 or more.
  /// `gaps`: All documents' position gaps, one after the other.
  /// `lengths`: The field's length codes by document.
  /// `weights`: ``FieldLengths/occurrenceWeights(average:weight:)`` of the segment.
  mutating func add(
    field: Int,
    documents: UnsafeBufferPointer<UInt32>,
    frequencies: UnsafeBufferPointer<UInt32>,
    gaps positionGaps: UnsafeBufferPointer<UInt32>,
    lengths: UnsafePointer<UInt8>,
    weights: UnsafePointer<Float>,
    payload: inout [UInt8]
  ) {
    let count = documents.count
    if count == 1, frequencies[0] <= PostingsFormat.singleFrequencyLimit {
      Varint.append(UInt64(field << 2), to: &payload)
      Varint.append(UInt64(documents[0]), to: &payload)
      Varint.append(UInt64(frequencies[0] - 1), to: &payload)
      for gap in positionGaps { Varint.append(UInt64(gap), to: &payload) }
      return
    }
    if count < PostingsFormat.blockSize {
      encodeTail(documents, frequencies, after: UInt32.max)
      let at = postings.append(block)
      encodePositions(positionGaps)
      let positionsAt = positions.append(block)
      Varint.append(UInt64(field << 2 | 1), to: &payload)
      Varint.append(UInt64(count), to: &payload)
      Varint.append(at, to: &payload)
      Varint.append(positionsAt, to: &payload)
      return
    }
    let at = addFull(
      documents,
      frequencies,
      positionGaps,
      lengths: lengths,
      weights: weights
    )
    Varint.append(UInt64(field << 2 | 2), to: &payload)
    Varint.append(UInt64(count), to: &payload)
    Varint.append(at, to: &payload)
  }

  private mutating func addFull(
    _ documents: UnsafeBufferPointer<UInt32>,
    _ frequencies: UnsafeBufferPointer<UInt32>,
    _ positionGaps: UnsafeBufferPointer<UInt32>,
    lengths: UnsafePointer<UInt8>,
    weights: UnsafePointer<Float>
  ) -> UInt64 {
    let count = documents.count
    let blocks = (count + 127) / 128
    var last: [UInt32] = []
    var blockAt: [UInt32] = []
    var positionsAt: [UInt32] = []
    last.reserveCapacity(blocks)
    var blocksBase: UInt64 = 0
    var positionsBase: UInt64 = 0
    var previous = UInt32.max
    var gapStart = 0
    for first in stride(from: 0, to: count, by: 128) {
      let end = min(first + 128, count)
      let documentsHere = UnsafeBufferPointer(rebasing: documents[first..<end])
      let frequenciesHere = UnsafeBufferPointer(rebasing: frequencies[first..<end])
      if end - first == 128 {
        encodeFull(documentsHere, frequenciesHere, after: previous)
      } else {
        encodeTail(documentsHere, frequenciesHere, after: previous)
      }
      let at = postings.append(block)
      var gapEnd = gapStart
      for frequency in frequenciesHere { gapEnd += Int(frequency) }
      encodePositions(UnsafeBufferPointer(rebasing: positionGaps[gapStart..<gapEnd]))
      let positionAt = positions.append(block)
      if first == 0 { (blocksBase, positionsBase) = (at, positionAt) }
      previous = documents[end - 1]
      gapStart = gapEnd
      last.append(previous)
      blockAt.append(UInt32(truncatingIfNeeded: at - blocksBase))
      positionsAt.append(UInt32(truncatingIfNeeded: positionAt - positionsBase))
    }
    let (impacts, maximum) = impacts(documents, frequencies, lengths: lengths, weights: weights)
    block.removeAll(keepingCapacity: true)
    LittleEndian.append(UInt32(last.count), to: &block)
    LittleEndian.append(UInt32(impacts.count), to: &block)
    LittleEndian.append(maximum.bitPattern, to: &block)
    LittleEndian.append(UInt32(0), to: &block)
    LittleEndian.append(blocksBase, to: &block)
    LittleEndian.append(positionsBase, to: &block)
    for numbers in [last, blockAt, positionsAt] {
      for number in numbers { LittleEndian.append(number, to: &block) }
    }
    block.append(contentsOf: impacts)
    return postings.append(block)
  }

  /// The impact bytes of a dense list (none of a sparse one) and the list's greatest saturation.
  private func impacts(
    _ documents: UnsafeBufferPointer<UInt32>,
    _ frequencies: UnsafeBufferPointer<UInt32>,
    lengths: UnsafePointer<UInt8>,
    weights: UnsafePointer<Float>
  ) -> ([UInt8], Float) {
    let dense = documents.count >= documentCount / PostingsFormat.denseDivisor
    var greatest = [Float](repeating: 0, count: dense ? rangeCount : 1)
    for index in documents.indices {
      let document = Int(documents[index])
      let x = Float(frequencies[index]) * weights[Int(lengths[document])]
      let range = dense ? document >> PostingsFormat.rangeShift : 0
      if x > greatest[range] { greatest[range] = x }
    }
    let saturated = greatest.map { $0 / (FieldLengths.k1 + $0) }
    let maximum = saturated.max() ?? 0
    guard dense, maximum > 0 else { return ([], maximum) }
    // Rounded up, so that a bound is never below what it bounds.
    return (saturated.map { UInt8(min(255, ($0 / maximum * 255).rounded(.up))) }, maximum)
  }

  /// Leaves a full block's bytes in `block`.
  private mutating func encodeFull(
    _ documents: UnsafeBufferPointer<UInt32>,
    _ frequencies: UnsafeBufferPointer<UInt32>,
    after previous: UInt32
  ) {
    var before = previous
    for index in 0..<128 {
      gaps[index] = documents[index] &- before &- 1
      before = documents[index]
      counts[index] = frequencies[index] - 1
    }
    let gapWidth = Self.cheapestWidth(gaps)
    let countWidth = Self.cheapestWidth(counts)
    block.removeAll(keepingCapacity: true)
    block.append(UInt8(gapWidth))
    block.append(UInt8(countWidth))
    block.append(0)
    block.append(0)
    var exceptions: [UInt8] = []
    block[2] = pack(gaps, width: gapWidth, exceptions: &exceptions)
    block[3] = pack(counts, width: countWidth, exceptions: &exceptions)
    block.append(contentsOf: exceptions)
  }

  /// Appends 128 packed values; what needs more than `width` bits goes to `exceptions`.
  ///
  /// - Returns: The count byte of the exceptions; see PostingsFormat.swift.
  private mutating func pack(
    _ values: [UInt32],
    width: Int,
    exceptions: inout [UInt8]
  ) -> UInt8 {
    var count: UInt8 = 0
    if width < 32 {
      let highs = values.map { $0 >> UInt32(width) }
      let wide = highs.contains { $0 > 255 }
      for (index, high) in highs.enumerated() where high != 0 {
        exceptions.append(UInt8(index))
        if wide {
          LittleEndian.append(high, to: &exceptions)
        } else {
          exceptions.append(UInt8(high))
        }
        count += 1
      }
      if wide { count |= PostingsFormat.wideExceptions }
    }
    let start = block.count
    block.append(contentsOf: repeatElement(0, count: 16 * width))
    block.withUnsafeMutableBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return }
      values.withUnsafeBufferPointer {
        martlet_pack128($0.baseAddress, UInt32(width), base + start)
      }
    }
    return count
  }

  /// The width in bits for which packed values and exceptions take least room.
  private static func cheapestWidth(_ values: [UInt32]) -> Int {
    // Plain stack memory: this runs for every block, and an array here was a tenth of encoding.
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: 33) { histogram in
      histogram.initialize(repeating: 0)
      var longest = 0
      for value in values {
        let bits = 32 - value.leadingZeroBitCount
        histogram[bits] += 1
        longest = max(longest, bits)
      }
      var best = longest
      var bestCost = 16 * longest
      var exceptions = 0
      for width in stride(from: longest - 1, through: 0, by: -1) {
        exceptions += Int(histogram[width + 1])
        guard exceptions <= PostingsFormat.mostExceptions else { break }
        let cost = 16 * width + (longest - width <= 8 ? 2 : 5) * exceptions
        if cost < bestCost { (best, bestCost) = (width, cost) }
      }
      return best
    }
  }

  /// Leaves a tail block's bytes in `block`.
  private mutating func encodeTail(
    _ documents: UnsafeBufferPointer<UInt32>,
    _ frequencies: UnsafeBufferPointer<UInt32>,
    after previous: UInt32
  ) {
    block.removeAll(keepingCapacity: true)
    var before = previous
    for index in documents.indices {
      let gap = documents[index] &- before &- 1
      before = documents[index]
      let frequency = frequencies[index]
      Varint.append(UInt64(gap) << 1 | (frequency > 1 ? 1 : 0), to: &block)
      if frequency > 1 { Varint.append(UInt64(frequency - 2), to: &block) }
    }
  }

  /// Leaves bit-packed position gaps in `block`.
  private mutating func encodePositions(_ gaps: UnsafeBufferPointer<UInt32>) {
    block.removeAll(keepingCapacity: true)
    var all: UInt32 = 0
    for gap in gaps { all |= gap }
    let width = 32 - all.leadingZeroBitCount
    block.append(UInt8(width))
    var pending: UInt64 = 0
    var bits = 0
    for gap in gaps {
      pending |= UInt64(gap) << UInt64(bits)
      bits += width
      while bits >= 8 {
        block.append(UInt8(truncatingIfNeeded: pending))
        pending >>= 8
        bits -= 8
      }
    }
    if bits > 0 { block.append(UInt8(truncatingIfNeeded: pending)) }
  }
}

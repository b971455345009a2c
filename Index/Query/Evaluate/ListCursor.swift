// SPDX-License-Identifier: Apache-2.0

import CKernels

/// Reads one list for one query: its documents in a run of 128, and what each counts.
///
/// A list is decoded whole when the query starts if its bounds need every posting; otherwise block by
/// block where the query goes. Then the blocks of even and of odd number have a place each, since a run
/// of 128 documents lies in two blocks at most.
struct ListCursor {
  let list: PostingsList
  private let lengths: UnsafePointer<UInt8>
  /// What one occurrence counts, by length code (256 values).
  private let weights: UnsafePointer<Float>
  let isWhole: Bool
  /// Whole: all documents; else two blocks.
  private let documents: UnsafeMutablePointer<UInt32>
  /// Whole: what each document counts, as the bits of a float; else two blocks' frequencies.
  private let frequencies: UnsafeMutablePointer<UInt32>
  /// Of a whole list, the most that a document counts.
  private(set) var greatest: Float = 0
  /// Documents decoded: of a whole list in `counts.0`, else of either place.
  private var counts = (0, 0)
  /// The block in either place, -1 for none.
  private var blocks = (-1, -1)
  /// Of either block, what its frequencies are still to be decoded from.
  private var packed: (UnsafePointer<UInt8>?, UnsafePointer<UInt8>?) = (nil, nil)
  /// Where the run read last starts: among a whole list's documents, or in `block`.
  private var start = 0
  private var block = 0
  /// Where that run ends, if it does in the same block.
  private var end = 0

  /// - Parameters:
  ///   - list: The list.
  ///   - lengths: The field's length codes by document.
  ///   - weights: What one occurrence counts, by length code; 256 values that outlive the cursor.
  ///   - documentCount: The segment's documents, 1 or more.
  ///   - isWhole: Whether to decode the list whole.
  init(
    _ list: PostingsList,
    lengths: UnsafePointer<UInt8>,
    weights: UnsafePointer<Float>,
    documentCount: Int,
    isWhole: Bool
  ) {
    self.list = list
    self.lengths = lengths
    self.weights = weights
    self.isWhole = isWhole
    let capacity = isWhole ? list.blockCount * 128 : 256
    documents = .allocate(capacity: capacity)
    frequencies = .allocate(capacity: capacity)
    guard isWhole else {
      documents.initialize(repeating: 0, count: capacity)
      frequencies.initialize(repeating: 0, count: capacity)
      return
    }
    var count = 0
    for block in 0..<list.blockCount {
      let (documents, frequencies) = (documents + count, frequencies + count)
      count += list.decode(block: block, documents: documents, frequencies: frequencies)
    }
    greatest = martlet_weigh(
      documents,
      frequencies,
      count,
      UInt32(truncatingIfNeeded: documentCount),
      lengths,
      weights
    )
    counts.0 = count
  }

  func deallocate() {
    documents.deallocate()
    frequencies.deallocate()
  }

  /// Adds to total[range] the bound of each range that a whole list touches.
  ///
  /// - Parameters:
  ///   - factor: The scale of a saturated frequency, in units of the bounds.
  ///   - total: A bound for each range of the segment.
  ///   - ranges: Filled with the ranges, ascending; room for all and one more.
  /// - Returns: How many ranges there are.
  func addBounds(
    factor: Float,
    into total: UnsafeMutablePointer<UInt16>,
    ranges: UnsafeMutablePointer<UInt32>
  ) -> Int {
    let values = UnsafeRawPointer(frequencies).assumingMemoryBound(to: Float.self)
    return martlet_bound_runs(
      documents,
      values,
      counts.0,
      factor,
      FieldLengths.k1,
      total,
      ranges
    )
  }

  /// Writes 128 bits for each of the ranges that ``addBounds(factor:into:ranges:)`` has listed: which
  /// documents there are in a whole list.
  func writeBits(
    _ ranges: UnsafePointer<UInt32>,
    _ count: Int,
    into bits: UnsafeMutablePointer<UInt64>
  ) {
    guard count > 0 else { return }
    martlet_range_bits(documents, counts.0, ranges, count, bits)
  }

  /// Adds to x[document - low] what each of the list's documents in low ..< low + 128 counts.
  @inline(__always)
  mutating func scatter(low: UInt32, into x: UnsafeMutablePointer<Float>) {
    let high = low &+ 128
    if isWhole {
      start = position(of: low, from: end, in: documents, counts.0)
      var at = start
      while at < counts.0, documents[at] < high {
        x[Int(documents[at] & 127)] += Float(bitPattern: frequencies[at])
        at += 1
      }
      end = at
      return
    }
    var (next, from) = open(low)
    while next < list.blockCount {
      let (place, count) = load(next)
      decodeFrequencies(next)
      var at = from
      while at < count, documents[place + at] < high {
        let code = Int(lengths[Int(documents[place + at])])
        x[Int(documents[place + at] & 127)] += Float(frequencies[place + at]) * weights[code]
        at += 1
      }
      if at < count {
        if next == block { end = at }
        return
      }
      next += 1
      from = 0
    }
  }

  /// Sets the bits of the list's documents in low ..< low + 128 in `bits`, which has none set;
  /// ``value(_:_:)`` then tells what each counts.
  @inline(__always)
  mutating func mark(low: UInt32, in bits: UnsafeMutablePointer<UInt64>) {
    if isWhole {
      start = position(of: low, from: end, in: documents, counts.0)
      end = martlet_mark_run(documents, start, counts.0, low, bits)
      return
    }
    var (next, from) = open(low)
    while next < list.blockCount {
      let (place, count) = load(next)
      let at = martlet_mark_run(documents + place, from, count, low, bits)
      if at < count {
        if next == block { end = at }
        return
      }
      next += 1
      from = 0
    }
  }

  /// What a document counts that is number `rank` of those marked last.
  @inline(__always)
  mutating func value(_ rank: Int, _ document: UInt32) -> Float {
    var at = start + rank
    if isWhole { return at < counts.0 ? Float(bitPattern: frequencies[at]) : 0 }
    var block = block
    if at >= 128 {
      block += 1
      at -= 128
    }
    decodeFrequencies(block)
    return Float(frequencies[(block & 1) * 128 + (at & 127)]) * weights[Int(lengths[Int(document)])]
  }

  /// Finds the block and the place in it of the first document from `low` on.
  @inline(__always)
  private mutating func open(_ low: UInt32) -> (block: Int, from: Int) {
    let known = block
    block = list.block(
      of: low,
      from: known > 0 && list.lastDocument(ofBlock: known - 1) < low ? known : 0
    )
    guard block < list.blockCount else { return (block, 0) }
    let (place, count) = load(block)
    let isNext =
      block == known && end <= count && (end == 0 || documents[place + end - 1] < low)
      && (end == count || documents[place + end] >= low)
    start = isNext ? end : martlet_place_from(documents + place, count, low)
    end = start
    return (block, start)
  }

  /// Decodes a block's documents, if they are not there.
  ///
  /// - Returns: Where they start, and how many there are.
  @inline(__always)
  private mutating func load(_ block: Int) -> (Int, Int) {
    if block & 1 == 0 {
      if blocks.0 != block {
        (counts.0, packed.0) = list.decodeDocuments(block: block, documents, frequencies)
        blocks.0 = block
      }
      return (0, counts.0)
    }
    if blocks.1 != block {
      (counts.1, packed.1) = list.decodeDocuments(
        block: block,
        documents + 128,
        frequencies + 128
      )
      blocks.1 = block
    }
    return (128, counts.1)
  }

  /// Decodes the frequencies of a block whose documents are there, if they are not.
  @inline(__always)
  private mutating func decodeFrequencies(_ block: Int) {
    if block & 1 == 0 {
      guard let bytes = packed.0 else { return }
      martlet_block_frequencies(bytes, frequencies)
      packed.0 = nil
    } else {
      guard let bytes = packed.1 else { return }
      martlet_block_frequencies(bytes, frequencies + 128)
      packed.1 = nil
    }
  }

  /// The place of the first of `count` ascending documents from `low` on, looked for around a hint.
  @inline(__always)
  private func position(
    of low: UInt32,
    from hint: Int,
    in documents: UnsafePointer<UInt32>,
    _ count: Int
  ) -> Int {
    var (from, to) = (0, count)
    if hint < count, documents[hint] < low {
      from = hint + 1
      // Most steps of a sweep are short: try a gallop before halving the rest.
      var step = 8
      while from + step < to, documents[from + step] < low {
        from += step
        step *= 2
      }
      to = min(to, from + step + 1)
    } else if hint > 0, hint <= count, documents[hint - 1] < low {
      return hint
    } else {
      to = min(hint, count)
    }
    while from < to {
      let middle = (from + to) / 2
      if documents[middle] < low { from = middle + 1 } else { to = middle }
    }
    return from
  }
}

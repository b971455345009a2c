// SPDX-License-Identifier: Apache-2.0
//
// The least values of a range of an array in ascending order, without reading the range (the range
// minimum query of Muthukrishnan, "Efficient algorithms for document retrieval problems", 2002, as
// used for completion by Hsu and Ottaviano, 2013). Blocks of 128 values are scanned with vector
// instructions; over the blocks' minima lies a sparse table:
//
//   minima := (least value of the block:u32)[blocks]
//   sparse := (block with the least minimum among 2^j from here on)[blocks], for j = 1, 2, ..., packed

internal import CKernels

/// An array of numbers with what finds the least of a range.
struct RangeMinimum: @unchecked Sendable {
  static let blockSize = 128
  /// Marks an item of the heap that stands for a run of blocks.
  private static let blocksTag: UInt32 = 1 << 31

  let values: UnsafePointer<UInt32>
  let count: Int
  private let minima: UnsafePointer<UInt32>
  private let sparse: PackedIntegers
  private let blockCount: Int

  /// Wraps stored parts.
  ///
  /// - Throws: ``IndexError`` if their lengths do not agree or a block is out of range.
  init(
    values: UnsafeBufferPointer<UInt32>,
    minima: UnsafeBufferPointer<UInt32>,
    sparse: UnsafeRawBufferPointer
  ) throws(IndexError) {
    let blocks = (values.count + Self.blockSize - 1) / Self.blockSize
    guard let base = values.baseAddress, let minimaBase = minima.baseAddress,
      minima.count == blocks, values.count < Int(Self.blocksTag)
    else { throw ByteReader.truncated }
    let packed = try PackedIntegers(
      sparse,
      count: blocks * Self.levels(blocks),
      width: PackedIntegers.width(for: blocks)
    )
    guard (0..<packed.count).allSatisfy({ Int(packed[$0]) < blocks }) else {
      throw ByteReader.truncated
    }
    self.values = base
    count = values.count
    self.minima = minimaBase
    self.sparse = packed
    blockCount = blocks
  }

  /// The levels of the sparse table above the blocks themselves.
  private static func levels(_ blocks: Int) -> Int {
    blocks < 2 ? 0 : Int.bitWidth - 1 - blocks.leadingZeroBitCount
  }

  /// The minima and the sparse table of an array.
  static func build(
    _ values: UnsafeBufferPointer<UInt32>
  ) -> (minima: [UInt32], sparse: [UInt8]) {
    let blocks = (values.count + blockSize - 1) / blockSize
    let minima = (0..<blocks).map { block in
      values[(block * blockSize)..<min(values.count, (block + 1) * blockSize)].min() ?? .max
    }
    var sparse: [UInt32] = []
    sparse.reserveCapacity(blocks * levels(blocks))
    var below = (0..<blocks).map { UInt32($0) }
    for level in 0..<levels(blocks) {
      let step = 1 << level
      below = (0..<blocks).map { block in
        let other = block + step < blocks ? below[block + step] : below[block]
        return minima[Int(other)] < minima[Int(below[block])] ? other : below[block]
      }
      sparse.append(contentsOf: below)
    }
    let packed = sparse.withUnsafeBufferPointer {
      PackedIntegers.pack($0, width: PackedIntegers.width(for: blocks))
    }
    return (minima, packed)
  }

  /// Puts onto the heap what yields the values of a range in ascending order.
  func seed(_ range: Range<Int>, _ heap: inout MinHeap) {
    let range = range.clamped(to: 0..<count)
    guard !range.isEmpty else { return }
    let firstBlock = range.lowerBound / Self.blockSize
    let lastBlock = (range.upperBound - 1) / Self.blockSize
    if firstBlock == lastBlock {
      push(range.lowerBound, range.upperBound, least: 0, &heap)
      return
    }
    var (low, high) = (firstBlock, lastBlock)
    if range.lowerBound % Self.blockSize != 0 {
      low += 1
      push(range.lowerBound, low * Self.blockSize, least: 0, &heap)
    }
    if range.upperBound % Self.blockSize != 0 {
      push(high * Self.blockSize, range.upperBound, least: 0, &heap)
      high -= 1
    }
    pushBlocks(low, high, &heap)
  }

  /// Turns the heap's least item, which must come from ``seed(_:_:)``, into a value and its place, and
  /// puts onto the heap what follows in its range.
  ///
  /// - Parameters:
  ///   - item: The item, taken off the heap.
  ///   - keepsEqual: Whether equal values of a block are all yielded, rather than one.
  ///   - heap: Where the item came from.
  /// - Returns: The place of the value; nil if the item was damaged.
  @inline(__always)
  func expand(_ item: MinHeap.Item, keepsEqual: Bool, _ heap: inout MinHeap) -> Int? {
    var (place, low, high) = (Int(item.place), Int(item.low), Int(item.high))
    if item.place & Self.blocksTag != 0 {
      let block = Int(item.place & ~Self.blocksTag)
      pushBlocks(low, block - 1, &heap)
      pushBlocks(block + 1, high, &heap)
      low = block * Self.blockSize
      high = min(count, low + Self.blockSize)
      place = low + martlet_least_from(values + low, high - low, item.value)
      guard place < high else { return nil }
    }
    if keepsEqual {
      let equal = place + 1 + martlet_least_from(values + place + 1, high - place - 1, item.value)
      if equal < high, values[equal] == item.value {
        heap.push(MinHeap.Item(item.value, UInt32(equal), UInt32(low), UInt32(high)))
        return place
      }
    }
    if item.value < .max { push(low, high, least: item.value + 1, &heap) }
    return place
  }

  /// Pushes the least value of at least `least` within one block.
  @inline(__always)
  private func push(_ low: Int, _ high: Int, least: UInt32, _ heap: inout MinHeap) {
    let place = low + martlet_least_from(values + low, high - low, least)
    guard place < high else { return }
    heap.push(MinHeap.Item(values[place], UInt32(place), UInt32(low), UInt32(high)))
  }

  /// Pushes a run of whole blocks, both ends included, under its least value.
  @inline(__always)
  private func pushBlocks(_ low: Int, _ high: Int, _ heap: inout MinHeap) {
    guard low <= high else { return }
    let length = high - low + 1
    var block = low
    if length > 1 {
      let level = Int.bitWidth - 1 - length.leadingZeroBitCount
      let row = (level - 1) * blockCount
      let (left, right) = (Int(sparse[row + low]), Int(sparse[row + high + 1 - 1 << level]))
      block = minima[right] < minima[left] ? right : left
      // Only damaged bytes point outside.
      if block < low || block > high { block = low }
    }
    heap.push(
      MinHeap.Item(minima[block], UInt32(block) | Self.blocksTag, UInt32(low), UInt32(high))
    )
  }
}

// SPDX-License-Identifier: Apache-2.0

import CKernels

/// Reads one list for one query: adds its documents' weighted frequencies to a run of 128.
///
/// A sparse list is decoded whole when the query starts, since its bounds need every posting anyway;
/// a dense list is decoded block by block where the query goes.
struct ListCursor {
  let list: PostingsList
  let lengths: UnsafePointer<UInt8>
  /// What one occurrence counts, by length code (256 values).
  let weights: UnsafeMutablePointer<Float>
  let isWhole: Bool
  private let documents: UnsafeMutablePointer<UInt32>
  private let frequencies: UnsafeMutablePointer<UInt32>
  private var count = 0
  private var index = 0
  private var block = -1

  init(_ list: PostingsList, lengths: UnsafePointer<UInt8>, average: Float, weight: Float) {
    self.list = list
    self.lengths = lengths
    weights = .allocate(capacity: 256)
    let table = FieldLengths.occurrenceWeights(average: average, weight: weight)
    for code in 0..<256 { weights[code] = table[code] }
    isWhole = list.impacts.isEmpty
    let capacity = isWhole ? list.blockCount * 128 : 128
    documents = .allocate(capacity: capacity)
    frequencies = .allocate(capacity: capacity)
    guard isWhole else { return }
    for block in 0..<list.blockCount {
      count += list.decode(
        block: block,
        documents: documents + count,
        frequencies: frequencies + count
      )
    }
  }

  func deallocate() {
    weights.deallocate()
    documents.deallocate()
    frequencies.deallocate()
  }

  /// The weighted frequency of the posting at `index` of the decoded ones.
  @inline(__always)
  private func value(_ index: Int) -> Float {
    Float(frequencies[index]) * weights[Int(lengths[Int(documents[index])])]
  }

  /// Raises part[range] to the bound of each range that a sparse list touches.
  func bound(
    into part: UnsafeMutablePointer<UInt16>,
    rangeCount: Int,
    documentCount: Int,
    scale: Float,
    unit: Float
  ) {
    for index in 0..<count where Int(documents[index]) < documentCount {
      let x = value(index)
      let bound = UInt16(min(65_000, scale * x / (FieldLengths.k1 + x) * unit + 2))
      let range = Int(documents[index] >> 7)
      if bound > part[range] { part[range] = bound }
    }
  }

  /// The greatest weighted frequency of a sparse list.
  func greatest(documentCount: Int) -> Float {
    var greatest: Float = 0
    for index in 0..<count where Int(documents[index]) < documentCount {
      greatest = max(greatest, value(index))
    }
    return greatest
  }

  /// Adds to x[document - low] for the list's documents in low ..< high, and sets their bits.
  @inline(__always)
  mutating func scatter(
    low: UInt32,
    high: UInt32,
    into x: UnsafeMutablePointer<Float>,
    bits: inout (UInt64, UInt64)
  ) {
    if isWhole {
      seek(low)
      _ = add(low: low, high: high, into: x, bits: &bits)
      return
    }
    var next = list.block(
      of: low,
      from: block > 0 && list.lastDocument(ofBlock: block - 1) < low ? block : 0
    )
    while next < list.blockCount {
      if next != block {
        count = list.decode(block: next, documents: documents, frequencies: frequencies)
        block = next
        index = 0
      }
      seek(low)
      guard add(low: low, high: high, into: x, bits: &bits) else { return }
      next += 1
    }
  }

  /// Moves `index` to the first decoded document at or after `low`.
  @inline(__always)
  private mutating func seek(_ low: UInt32) {
    var (from, to) = (0, count)
    if index < count, documents[index] < low {
      from = index + 1
      // Most steps of a sweep are short: try a gallop before halving the rest.
      var step = 8
      while from + step < to, documents[from + step] < low {
        from += step
        step *= 2
      }
      to = min(to, from + step + 1)
    } else if index > 0, documents[index - 1] < low {
      return
    } else {
      to = min(index, count)
    }
    while from < to {
      let middle = (from + to) / 2
      if documents[middle] < low { from = middle + 1 } else { to = middle }
    }
    index = from
  }

  /// Returns whether the decoded documents ended before `high`.
  @inline(__always)
  private mutating func add(
    low: UInt32,
    high: UInt32,
    into x: UnsafeMutablePointer<Float>,
    bits: inout (UInt64, UInt64)
  ) -> Bool {
    var at = index
    while at < count, documents[at] < high {
      let offset = Int(documents[at] &- low)
      if offset < 128 {
        x[offset] += value(at)
        if offset < 64 { bits.0 |= 1 << UInt64(offset) } else { bits.1 |= 1 << UInt64(offset - 64) }
      }
      at += 1
    }
    index = at
    return at == count
  }
}

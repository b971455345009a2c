// SPDX-License-Identifier: Apache-2.0

import CKernels

/// Scores of the 128 documents of a range.
extension Evaluation {
  /// Documents of a range that are scored one by one; more are scored together.
  private static let few = 12

  /// Scores a range's documents that match.
  ///
  /// `documents`: 128 bits; others do not match.
  func score(
    _ range: Int,
    _ documents: (UInt64, UInt64),
    _ segment: Int32,
    _ heap: inout TopHeap
  ) {
    let low = UInt32(truncatingIfNeeded: range << 7)
    var allowed = documents
    if mode == .all {
      guard intersect(low, &allowed) else { return }
    }
    let isFew = allowed.0.nonzeroBitCount + allowed.1.nonzeroBitCount <= Self.few
    if mode == .all, isFew {
      scoreEach(allowed, low, segment, &heap)
    } else if isFew {
      var part = 0
      for group in 0..<groupCount { _ = mark(group, &part, low) }
      scoreEach(allowed, low, segment, &heap)
    } else {
      scoreTogether(allowed, low, segment, &heap)
    }
  }

  /// Leaves of some documents those that hold every word; false if there is none.
  @inline(__always)
  private func intersect(_ low: UInt32, _ allowed: inout (UInt64, UInt64)) -> Bool {
    var part = 0
    for group in 0..<groupCount {
      let bits = mark(group, &part, low)
      allowed.0 &= bits.0
      allowed.1 &= bits.1
      if allowed.0 | allowed.1 == 0 { return false }
    }
    return true
  }

  /// Marks the documents that hold a word; `part` moves on to the next word's.
  @inline(__always)
  private func mark(_ group: Int, _ part: inout Int, _ low: UInt32) -> (UInt64, UInt64) {
    var bits: (UInt64, UInt64) = (0, 0)
    while part < groupEnds[group] {
      for cursor in parts[part].first..<(parts[part].first + parts[part].count) {
        let own = marks + 2 * cursor
        (own[0], own[1]) = (0, 0)
        cursors[cursor].mark(low: low, in: own)
        bits.0 |= own[0]
        bits.1 |= own[1]
      }
      part += 1
    }
    return bits
  }

  /// Scores documents of a range whose words are marked.
  @inline(__always)
  private func scoreEach(
    _ documents: (UInt64, UInt64),
    _ low: UInt32,
    _ segment: Int32,
    _ heap: inout TopHeap
  ) {
    var bits = documents
    while bits.0 | bits.1 != 0 {
      let offset: Int
      if bits.0 != 0 {
        offset = bits.0.trailingZeroBitCount
        bits.0 &= bits.0 - 1
      } else {
        offset = 64 + bits.1.trailingZeroBitCount
        bits.1 &= bits.1 - 1
      }
      let document = low + UInt32(offset)
      let score = score(document, offset)
      guard score >= max(heap.threshold, .leastNormalMagnitude) else { continue }
      heap.offer(ScoredDocument(score: score, segment: segment, document: document))
    }
  }

  /// The score of one document of the range whose words are marked; the same sums in the same order
  /// as ``scoreTogether(_:_:_:_:)``'s.
  @inline(__always)
  private func score(_ document: UInt32, _ offset: Int) -> Float {
    var (score, part) = (Float(0), 0)
    for group in 0..<groupCount {
      var best: Float = 0
      while part < groupEnds[group] {
        var x: Float = 0
        for cursor in parts[part].first..<(parts[part].first + parts[part].count) {
          if let rank = Self.rank((marks[2 * cursor], marks[2 * cursor + 1]), offset) {
            x += cursors[cursor].value(rank, document)
          }
        }
        best = max(best, parts[part].scale * x / (FieldLengths.k1 + x))
        part += 1
      }
      score += best
    }
    return score
  }

  /// How many marks lie below one; nil if it is not set.
  @inline(__always)
  private static func rank(_ marks: (UInt64, UInt64), _ offset: Int) -> Int? {
    let bit: UInt64 = 1 << UInt64(offset & 63)
    if offset < 64 {
      return marks.0 & bit == 0 ? nil : (marks.0 & (bit - 1)).nonzeroBitCount
    }
    return marks.1 & bit == 0
      ? nil : marks.0.nonzeroBitCount + (marks.1 & (bit - 1)).nonzeroBitCount
  }

  /// Scores all documents of a range in arrays of 128.
  private func scoreTogether(
    _ allowed: (UInt64, UInt64),
    _ low: UInt32,
    _ segment: Int32,
    _ heap: inout TopHeap
  ) {
    let (frequencies, best) = (acc + 128, acc + 256)
    var part = 0
    for group in 0..<groupCount {
      let end = groupEnds[group]
      let alone = end - part == 1
      while part < end {
        let alternative = parts[part]
        for cursor in alternative.first..<(alternative.first + alternative.count) {
          cursors[cursor].scatter(low: low, into: frequencies)
        }
        if alone {
          martlet_saturate_add128(acc, frequencies, alternative.scale, FieldLengths.k1)
        } else {
          martlet_saturate_max128(best, frequencies, alternative.scale, FieldLengths.k1)
        }
        part += 1
      }
      if !alone { martlet_add128(acc, best) }
    }
    let bar = max(heap.threshold, .leastNormalMagnitude)
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 2) { bits in
      martlet_at_least128(acc, bar, bits.baseAddress)
      offer(bits[0] & allowed.0, low, acc, segment, &heap)
      offer(bits[1] & allowed.1, low + 64, acc + 64, segment, &heap)
    }
    acc.update(repeating: 0, count: 128)
  }

  @inline(__always)
  private func offer(
    _ bits: UInt64,
    _ low: UInt32,
    _ scores: UnsafePointer<Float>,
    _ segment: Int32,
    _ heap: inout TopHeap
  ) {
    var bits = bits
    while bits != 0 {
      let index = bits.trailingZeroBitCount
      bits &= bits - 1
      heap.offer(
        ScoredDocument(
          score: scores[index],
          segment: segment,
          document: low + UInt32(index)
        )
      )
    }
  }
}

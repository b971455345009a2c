// SPDX-License-Identifier: Apache-2.0

import CKernels
import Dispatch

/// The state of one query in one segment; see TopKEvaluator.swift for the method.
struct Evaluation {
  /// One alternative: where its cursors lie in `cursors`, and its scale.
  private struct Part {
    var first: Int
    var count: Int
    var scale: Float
  }

  private let mode: TopKEvaluator.Mode
  private let documentCount: Int
  private let rangeCount: Int
  private let mask: UnsafeBufferPointer<UInt64>?
  private let cursors: UnsafeMutablePointer<ListCursor>
  private let cursorCount: Int
  private let parts: UnsafeMutablePointer<Part>
  private let partCount: Int
  /// groupEnds[g] is where group g's parts end in `parts`.
  private let groupEnds: UnsafeMutablePointer<Int>
  private let groupCount: Int
  /// Upper bounds by range, in units of 1 / unit.
  private let total: UnsafeMutablePointer<UInt16>
  private let unit: Float
  /// Sums of the range being scored: scores, one alternative's frequencies, one group's scores.
  private let acc: UnsafeMutablePointer<Float>

  init(
    _ groups: [TermGroup],
    _ fields: SegmentFields,
    mode: TopKEvaluator.Mode,
    mask: UnsafeBufferPointer<UInt64>?
  ) {
    self.mode = mode
    self.mask = mask
    documentCount = fields.documentCount
    rangeCount = (documentCount + 127) / 128
    groupCount = groups.count
    partCount = groups.reduce(0) { $0 + $1.alternatives.count }
    cursorCount = groups.reduce(0) { $0 + $1.alternatives.reduce(0) { $0 + $1.lists.count } }
    cursors = .allocate(capacity: cursorCount)
    parts = .allocate(capacity: partCount)
    groupEnds = .allocate(capacity: groupCount)
    total = .allocate(capacity: rangeCount + 32)
    total.initialize(repeating: 0, count: rangeCount + 32)
    acc = .allocate(capacity: 384)
    acc.initialize(repeating: 0, count: 384)

    // Greatest weighted frequency by cursor, from which the unit of the bounds follows.
    var greatest: [Float] = []
    var (cursor, part, sum) = (0, 0, Float(0))
    for (number, group) in groups.enumerated() {
      var groupMost: Float = 0
      for alternative in group.alternatives {
        var most: Float = 0
        parts[part] = Part(
          first: cursor,
          count: alternative.lists.count,
          scale: alternative.scale
        )
        for (list, weight) in alternative.lists {
          let made = ListCursor(
            list,
            lengths: fields.lengths[list.field],
            average: fields.averages[list.field],
            weight: weight
          )
          (cursors + cursor).initialize(to: made)
          // Lists bound frequencies under the average length of their time; a longer average now
          // makes each occurrence count more, by their ratio at most.
          let drift = max(1, fields.averages[list.field] / max(1, fields.builtAverages[list.field]))
          let x =
            made.isWhole
            ? made.greatest(documentCount: documentCount)
            : Self.frequency(saturation: list.maximum) * weight * drift
          greatest.append(made.isWhole ? x : weight * drift)
          most += alternative.scale * x / (FieldLengths.k1 + x)
          cursor += 1
        }
        groupMost = max(groupMost, most)
        part += 1
      }
      sum += groupMost
      groupEnds[number] = part
    }
    unit = sum > 0 ? 60_000 / sum : 1
    computeBounds(greatest)
    if let mask { clearMasked(mask) }
  }

  func deallocate() {
    for index in 0..<cursorCount { cursors[index].deallocate() }
    cursors.deallocate()
    parts.deallocate()
    groupEnds.deallocate()
    total.deallocate()
    acc.deallocate()
  }

  /// x for which x / (k1 + x) is the saturation.
  private static func frequency(saturation: Float) -> Float {
    FieldLengths.k1 * saturation / max(1 - saturation, 1e-6)
  }

  private func computeBounds(_ factors: [Float]) {
    let room = rangeCount + 32
    let scratch = UnsafeMutablePointer<UInt16>.allocate(capacity: 2 * room)
    scratch.initialize(repeating: 0, count: 2 * room)
    defer { scratch.deallocate() }
    let (sum, best) = (scratch, scratch + room)
    var firstPart = 0
    for group in 0..<groupCount {
      let end = groupEnds[group]
      if mode == .any, end - firstPart == 1, parts[firstPart].count == 1,
        !cursors[parts[firstPart].first].isWhole
      {
        addBound(parts[firstPart].first, parts[firstPart].scale, factors, into: total)
      } else {
        for part in firstPart..<end {
          for cursor in parts[part].first..<(parts[part].first + parts[part].count) {
            addBound(cursor, parts[part].scale, factors, into: sum)
          }
          martlet_bound_max(best, sum, rangeCount)
        }
        if mode == .all, group > 0 {
          martlet_bound_and(total, best, rangeCount)
        } else {
          martlet_bound_or(total, best, rangeCount)
        }
      }
      firstPart = end
    }
  }

  private func addBound(
    _ cursor: Int,
    _ scale: Float,
    _ factors: [Float],
    into part: UnsafeMutablePointer<UInt16>
  ) {
    if cursors[cursor].isWhole {
      // Within one alternative a second field's bounds are added, not raised: hence its own array.
      let own = UnsafeMutablePointer<UInt16>.allocate(capacity: rangeCount)
      own.initialize(repeating: 0, count: rangeCount)
      defer { own.deallocate() }
      cursors[cursor].bound(
        into: own,
        rangeCount: rangeCount,
        documentCount: documentCount,
        scale: scale,
        unit: unit
      )
      martlet_bound_or(part, own, rangeCount)
      return
    }
    let list = cursors[cursor].list
    let impacts = list.impacts
    guard let codes = impacts.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
    withUnsafeTemporaryAllocation(of: UInt16.self, capacity: 256) { lut in
      lut[0] = 0
      for code in 1..<256 {
        let x = Self.frequency(saturation: Float(code) / 255 * list.maximum) * factors[cursor]
        lut[code] = UInt16(min(65_000, scale * x / (FieldLengths.k1 + x) * unit + 2))
      }
      martlet_bound_add(part, codes, lut.baseAddress, min(rangeCount, impacts.count))
    }
  }

  private func clearMasked(_ mask: UnsafeBufferPointer<UInt64>) {
    for range in 0..<rangeCount {
      let low = 2 * range < mask.count ? mask[2 * range] : 0
      let high = 2 * range + 1 < mask.count ? mask[2 * range + 1] : 0
      if low | high == 0 { total[range] = 0 }
    }
  }

  /// Scores ranges until none can change the heap; false if the deadline came first.
  func run(
    segment: Int32,
    deadline: UInt64,
    exhaustive: Bool,
    priming: Int,
    clockEvery: Int,
    heap: inout TopHeap
  ) -> Bool {
    let selected = UnsafeMutablePointer<UInt32>.allocate(capacity: rangeCount + 32)
    defer { selected.deallocate() }
    if !exhaustive, rangeCount > 2 * priming {
      for range in best(priming, into: selected) {
        if total[range] < bar(heap) { break }
        score(range, segment, &heap)
        total[range] = 0
      }
    }
    let least = exhaustive ? 1 : max(1, bar(heap))
    let count = martlet_bound_select(total, rangeCount, least, selected)
    var untilClock = clockEvery
    for index in 0..<count {
      let range = Int(selected[index])
      if !exhaustive, total[range] < bar(heap) { continue }
      score(range, segment, &heap)
      untilClock -= 1
      if untilClock == 0 {
        if deadline != .max, DispatchTime.now().uptimeNanoseconds >= deadline { return false }
        untilClock = clockEvery
      }
    }
    return true
  }

  /// The bound that a range must reach to matter, never rounded up.
  @inline(__always)
  private func bar(_ heap: borrowing TopHeap) -> UInt16 {
    UInt16(min(65_000, max(0, heap.threshold * unit * 0.99999)))
  }

  /// The ranges with the greatest bounds, greatest first.
  private func best(_ count: Int, into selected: UnsafeMutablePointer<UInt32>) -> [Int] {
    var histogram = [UInt32](repeating: 0, count: 256)
    martlet_bound_histogram(total, rangeCount, &histogram)
    var bucket = 255
    var above = 0
    while bucket > 0, above + Int(histogram[bucket]) <= count {
      above += Int(histogram[bucket])
      bucket -= 1
    }
    let least = UInt16(max(1, above == 0 ? bucket << 8 : (bucket + 1) << 8))
    let found = martlet_bound_select(total, rangeCount, least, selected)
    let ranges = (0..<min(found, 4 * count)).map { Int(selected[$0]) }
    return Array(ranges.sorted { total[$0] > total[$1] }.prefix(count))
  }

  /// Scores the 128 documents of a range.
  private func score(_ range: Int, _ segment: Int32, _ heap: inout TopHeap) {
    let low = UInt32(truncatingIfNeeded: range << 7)
    let high = UInt32(truncatingIfNeeded: min(documentCount, (range + 1) << 7))
    let (frequencies, best) = (acc + 128, acc + 256)
    var allowed: (UInt64, UInt64) = (.max, .max)
    if let mask {
      allowed.0 = 2 * range < mask.count ? mask[2 * range] : 0
      allowed.1 = 2 * range + 1 < mask.count ? mask[2 * range + 1] : 0
    }
    var part = 0
    for group in 0..<groupCount {
      let end = groupEnds[group]
      var bits: (UInt64, UInt64) = (0, 0)
      let alone = end - part == 1
      while part < end {
        let alternative = parts[part]
        for cursor in alternative.first..<(alternative.first + alternative.count) {
          cursors[cursor].scatter(low: low, high: high, into: frequencies, bits: &bits)
        }
        if alone {
          martlet_saturate_add128(acc, frequencies, alternative.scale, FieldLengths.k1)
        } else {
          martlet_saturate_max128(best, frequencies, alternative.scale, FieldLengths.k1)
        }
        part += 1
      }
      if !alone { martlet_add128(acc, best) }
      if mode == .all {
        allowed.0 &= bits.0
        allowed.1 &= bits.1
        if allowed.0 | allowed.1 == 0 {
          acc.update(repeating: 0, count: 128)
          return
        }
      }
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

// SPDX-License-Identifier: Apache-2.0

import CKernels
import Dispatch

/// The state of one query in one segment; see TopKEvaluator.swift for the method.
struct Evaluation {
  /// One alternative: where its cursors lie in `cursors`, and its scale.
  struct Part {
    var first: Int
    var count: Int
    var scale: Float
  }

  /// Ranges scored first, best bounds first.
  private static let primingRanges = 32
  private static let rangesPerClockRead = 64

  let mode: TopKEvaluator.Mode
  let documentCount: Int
  let rangeCount: Int
  let mask: UnsafeBufferPointer<UInt64>?
  let cursors: UnsafeMutablePointer<ListCursor>
  /// How much longer, at most, occurrences count now than when the list's impacts were made, times
  /// the field's weight; by cursor.
  let occurrences: UnsafeMutablePointer<Float>
  private let cursorCount: Int
  /// By cursor, 128 bits: the list's documents in the range being scored.
  let marks: UnsafeMutablePointer<UInt64>
  let parts: UnsafeMutablePointer<Part>
  /// groupEnds[g] is where group g's parts end in `parts`.
  let groupEnds: UnsafeMutablePointer<Int>
  let groupCount: Int
  /// What one occurrence counts by length code, 256 values for each field and weight of the query.
  private let weights: UnsafeMutablePointer<Float>
  /// Upper bounds by range, in units of 1 / unit.
  let total: UnsafeMutablePointer<UInt16>
  let unit: Float
  /// The ranges that may matter, ascending.
  let ranges: UnsafeMutablePointer<UInt32>
  /// Of an intersection, 128 bits for each of the ranges: the documents that may match.
  let bits: UnsafeMutablePointer<UInt64>
  let bitmaps: ListBitmaps?
  private(set) var candidateCount = 0
  /// Sums of the range being scored: scores, one alternative's frequencies, one group's scores.
  let acc: UnsafeMutablePointer<Float>

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
    let partCount = groups.reduce(0) { $0 + $1.alternatives.count }
    cursorCount = groups.reduce(0) { $0 + $1.alternatives.reduce(0) { $0 + $1.lists.count } }
    cursors = .allocate(capacity: cursorCount)
    occurrences = .allocate(capacity: cursorCount)
    marks = .allocate(capacity: 2 * cursorCount)
    marks.initialize(repeating: 0, count: 2 * cursorCount)
    parts = .allocate(capacity: partCount)
    groupEnds = .allocate(capacity: groupCount)
    weights = .allocate(capacity: 256 * cursorCount)
    total = .allocate(capacity: rangeCount)
    total.initialize(repeating: 0, count: rangeCount)
    ranges = .allocate(capacity: rangeCount + 32)
    bits = .allocate(capacity: mode == .all ? 2 * rangeCount : 0)
    bitmaps = fields.bitmaps
    acc = .allocate(capacity: 384)
    acc.initialize(repeating: 0, count: 384)

    // Greatest weighted frequency by cursor, from which the unit of the bounds follows.
    var (cursor, part, sum) = (0, 0, Float(0))
    var tables: [(field: Int, weight: Float)] = []
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
          let average = fields.averages[list.field]
          let known = tables.firstIndex { $0 == (list.field, weight) }
          let table = weights + 256 * (known ?? tables.count)
          if known == nil {
            tables.append((list.field, weight))
            FieldLengths.fill(table, average: average, weight: weight)
          }
          (cursors + cursor).initialize(
            to: ListCursor(
              list,
              lengths: fields.lengths[list.field],
              weights: table,
              documentCount: documentCount,
              // Of an intersection, only the first word's postings say where to look.
              isWhole: list.impacts.isEmpty && (mode == .any || number == 0)
            )
          )
          // Lists bound frequencies under the average length of their time; a longer average now
          // makes each occurrence count more, by their ratio at most.
          let drift = max(1, average / max(1, fields.builtAverages[list.field]))
          occurrences[cursor] = weight * drift
          let x =
            cursors[cursor].isWhole
            ? cursors[cursor].greatest
            : Self.frequency(saturation: list.maximum) * weight * drift
          most += alternative.scale * x / (FieldLengths.k1 + x)
          cursor += 1
        }
        groupMost = max(groupMost, most)
        part += 1
      }
      sum += groupMost
      groupEnds[number] = part
    }
    // Each bound is rounded up by less than 3.
    unit = sum > 0 ? Float(max(1000, 60_000 - 3 * cursorCount)) / sum : 1
    candidateCount = mode == .all ? boundIntersection() : boundUnion()
  }

  func deallocate() {
    for index in 0..<cursorCount { cursors[index].deallocate() }
    cursors.deallocate()
    occurrences.deallocate()
    marks.deallocate()
    parts.deallocate()
    groupEnds.deallocate()
    weights.deallocate()
    total.deallocate()
    ranges.deallocate()
    bits.deallocate()
    acc.deallocate()
  }

  /// x for which x / (k1 + x) is the saturation.
  static func frequency(saturation: Float) -> Float {
    FieldLengths.k1 * saturation / max(1 - saturation, 1e-6)
  }

  /// The documents that may match in the range of a place in `ranges`.
  @inline(__always)
  private func allowed(_ index: Int) -> (UInt64, UInt64) {
    mode == .all ? (bits[2 * index], bits[2 * index + 1]) : masked(Int(ranges[index]))
  }

  /// The mask's bits of a range.
  @inline(__always)
  func masked(_ range: Int) -> (UInt64, UInt64) {
    guard let mask else { return (.max, .max) }
    return (
      2 * range < mask.count ? mask[2 * range] : 0,
      2 * range + 1 < mask.count ? mask[2 * range + 1] : 0
    )
  }

  /// Scores ranges until none can change the heap; false if the deadline came first.
  func run(segment: Int32, deadline: UInt64, exhaustive: Bool, heap: inout TopHeap) -> Bool {
    var count = candidateCount
    if !exhaustive, count > 2 * Self.primingRanges {
      for index in best(Self.primingRanges) {
        let range = Int(ranges[index])
        if total[range] < bar(heap) { break }
        score(range, allowed(index), segment, &heap)
        total[range] = 0
      }
      if mode == .any {
        count = martlet_bound_select(total, rangeCount, max(1, bar(heap)), ranges)
      }
    }
    var untilClock = Self.rangesPerClockRead
    for index in 0..<count {
      let range = Int(ranges[index])
      if !exhaustive, total[range] < max(1, bar(heap)) { continue }
      score(range, allowed(index), segment, &heap)
      untilClock -= 1
      if untilClock == 0 {
        if deadline != .max, DispatchTime.now().uptimeNanoseconds >= deadline { return false }
        untilClock = Self.rangesPerClockRead
      }
    }
    return true
  }

  /// The bound that a range must reach to matter, never rounded up.
  @inline(__always)
  private func bar(_ heap: borrowing TopHeap) -> UInt16 {
    UInt16(min(65_000, max(0, heap.threshold * unit * 0.99999)))
  }

  /// The places in `ranges` of the greatest bounds, greatest first.
  private func best(_ count: Int) -> [Int] {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 256) { histogram in
      histogram.initialize(repeating: 0)
      martlet_bound_histogram(total, ranges, candidateCount, histogram.baseAddress)
      var bucket = 255
      var above = 0
      while bucket > 0, above + Int(histogram[bucket]) <= count {
        above += Int(histogram[bucket])
        bucket -= 1
      }
      let least = UInt16(max(1, above == 0 ? bucket << 8 : (bucket + 1) << 8))
      var found: [(bound: UInt16, index: Int)] = []
      found.reserveCapacity(4 * count)
      for index in 0..<candidateCount where found.count < 4 * count {
        let bound = total[Int(ranges[index])]
        if bound >= least { found.append((bound, index)) }
      }
      found.sort { $0.bound > $1.bound }
      return found.prefix(count).map(\.index)
    }
  }
}

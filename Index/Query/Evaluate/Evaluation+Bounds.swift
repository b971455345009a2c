// SPDX-License-Identifier: Apache-2.0

import CKernels

/// Upper bounds of ranges, and which ranges may matter.
extension Evaluation {
  /// Ranges that are worth a look for a bitmap.
  private static let leastForBitmaps = 64

  /// Fills `total` and `ranges` for a union; returns how many ranges there are.
  func boundUnion() -> Int {
    for group in 0..<groupCount { addBounds(of: group, into: total) }
    if mask != nil {
      for range in 0..<rangeCount where total[range] > 0 && masked(range) == (0, 0) {
        total[range] = 0
      }
    }
    return martlet_bound_select(total, rangeCount, 1, ranges)
  }

  /// Fills `total`, `ranges` and `bits` for an intersection; returns how many ranges there are.
  ///
  /// The first group, the rarest, gives the ranges; each other takes away those that it is not in.
  func boundIntersection() -> Int {
    var count = boundFirst()
    if mask != nil {
      let all = count
      count = 0
      for index in 0..<all {
        let masked = masked(Int(ranges[index]))
        let both = (bits[2 * index] & masked.0, bits[2 * index + 1] & masked.1)
        ranges[count] = ranges[index]
        (bits[2 * count], bits[2 * count + 1]) = both
        if both != (0, 0) { count += 1 }
      }
    }
    for group in 1..<max(1, groupCount) {
      guard let cursor = only(group) else {
        count = withRanges { part in
          addBounds(of: group, into: part)
          return martlet_bound_keep_parts(ranges, bits, count, part, total)
        }
        continue
      }
      withTable(cursor, parts[groupEnds[group] - 1].scale) { table in
        guard let codes = codes(cursor) else {
          // Without impacts the greatest bounds all ranges.
          for index in 0..<count { Self.raise(&total[Int(ranges[index])], by: table[255]) }
          return
        }
        let bitmap = bitmap(cursor, count)
        count = withExtendedLifetime(bitmap) {
          martlet_bound_keep(ranges, bits, count, codes, table, bitmap?.words.baseAddress, total)
        }
      }
    }
    return count
  }

  /// Fills `total`, `ranges` and `bits` for the first group.
  private func boundFirst() -> Int {
    guard let cursor = only(0) else {
      addBounds(of: 0, into: total)
      let count = martlet_bound_select(total, rangeCount, 1, ranges)
      bits.initialize(repeating: .max, count: 2 * count)
      return count
    }
    if cursors[cursor].isWhole {
      let factor = parts[0].scale * unit
      let count = cursors[cursor].addBounds(factor: factor, into: total, ranges: ranges)
      cursors[cursor].writeBits(ranges, count, into: bits)
      return count
    }
    addBounds(of: 0, into: total)
    let count = martlet_bound_select(total, rangeCount, 1, ranges)
    guard let bitmap = bitmap(cursor, count) else {
      bits.initialize(repeating: .max, count: 2 * count)
      return count
    }
    for index in 0..<count {
      let range = Int(ranges[index])
      (bits[2 * index], bits[2 * index + 1]) = (
        bitmap.words[2 * range], bitmap.words[2 * range + 1]
      )
    }
    return count
  }

  /// The bitmap of a list with impacts, if it is kept and there are ranges enough to ask for it.
  private func bitmap(_ cursor: Int, _ count: Int) -> ListBitmaps.Bitmap? {
    count >= Self.leastForBitmaps ? bitmaps?.bitmap(cursors[cursor].list) : nil
  }

  /// The cursor of a group that has one only.
  private func only(_ group: Int) -> Int? {
    let first = group == 0 ? 0 : groupEnds[group - 1]
    return groupEnds[group] - first == 1 && parts[first].count == 1 ? parts[first].first : nil
  }

  /// Adds the bounds of a group, those of its best alternative, to `total`.
  private func addBounds(of group: Int, into total: UnsafeMutablePointer<UInt16>) {
    let first = group == 0 ? 0 : groupEnds[group - 1]
    guard only(group) == nil else {
      addBounds(parts[first].first, parts[first].scale, into: total)
      return
    }
    withRanges { best in
      withRanges { sum in
        for part in first..<groupEnds[group] {
          for cursor in parts[part].first..<(parts[part].first + parts[part].count) {
            addBounds(cursor, parts[part].scale, into: sum)
          }
          martlet_bound_max(best, sum, rangeCount)
        }
      }
      martlet_bound_or(total, best, rangeCount)
    }
  }

  /// Adds the bounds of a list to `total`.
  private func addBounds(_ cursor: Int, _ scale: Float, into total: UnsafeMutablePointer<UInt16>) {
    if cursors[cursor].isWhole {
      withUnsafeTemporaryAllocation(of: UInt32.self, capacity: rangeCount + 1) { touched in
        guard let touched = touched.baseAddress else { return }
        _ = cursors[cursor].addBounds(factor: scale * unit, into: total, ranges: touched)
      }
      return
    }
    withTable(cursor, scale) { table in
      if let codes = codes(cursor) {
        martlet_bound_add(total, codes, table, rangeCount)
      } else {
        for range in 0..<rangeCount { Self.raise(&total[range], by: table[255]) }
      }
    }
  }

  /// Adds to a bound; in a damaged list it may not fit, and then is the greatest.
  private static func raise(_ bound: inout UInt16, by amount: UInt16) {
    let (sum, isOver) = bound.addingReportingOverflow(amount)
    bound = isOver ? .max : sum
  }

  /// A list's impact codes by range; nil if it has none.
  private func codes(_ cursor: Int) -> UnsafePointer<UInt8>? {
    let impacts = cursors[cursor].list.impacts
    guard impacts.count >= rangeCount else { return nil }
    return impacts.baseAddress?.assumingMemoryBound(to: UInt8.self)
  }

  /// Lends the bounds of a list's impact codes.
  private func withTable(
    _ cursor: Int,
    _ scale: Float,
    _ body: (UnsafeMutablePointer<UInt16>) -> Void
  ) {
    withUnsafeTemporaryAllocation(of: UInt16.self, capacity: 256) { table in
      guard let table = table.baseAddress else { return }
      martlet_bound_table(
        cursors[cursor].list.maximum,
        occurrences[cursor],
        scale * unit,
        FieldLengths.k1,
        table
      )
      body(table)
    }
  }

  /// Lends a number for each range, all 0.
  private func withRanges<T>(_ body: (UnsafeMutablePointer<UInt16>) -> T) -> T {
    let part = UnsafeMutablePointer<UInt16>.allocate(capacity: rangeCount)
    part.initialize(repeating: 0, count: rangeCount)
    defer { part.deallocate() }
    return body(part)
  }
}

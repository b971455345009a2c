// SPDX-License-Identifier: Apache-2.0

/// A binary matrix in compressed rows: row r holds the columns `columns[starts[r]..<starts[r + 1]]`,
/// ascending and distinct.
public struct SparseMatrix: Sendable, Equatable {
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let width: Int
  let starts: [UInt64]
  let columns: [UInt32]

  /// The matrix of (row << 32 | column) pairs in any order, repeats counted once.
  ///
  /// Every row is below `rows` and every column below `columns`. O(n log n).
  init(pairs: [UInt64], rows: Int, columns width: Int) {
    var sorted = pairs
    sorted.sort()
    var starts = [UInt64](repeating: 0, count: rows + 1)
    var columns: [UInt32] = []
    columns.reserveCapacity(sorted.count)
    var previous = UInt64.max
    for pair in sorted where pair != previous {
      previous = pair
      starts[Int(pair >> 32) + 1] += 1
      columns.append(UInt32(truncatingIfNeeded: pair))
    }
    for row in 0..<rows { starts[row + 1] += starts[row] }
    self.init(rows: rows, width: width, starts: starts, columns: columns)
  }

  init(rows: Int, width: Int, starts: [UInt64], columns: [UInt32]) {
    self.rows = rows
    self.width = width
    self.starts = starts
    self.columns = columns
  }

  /// The number of ones.
  public var count: Int { columns.count }

  /// The columns of a row.
  public subscript(row: Int) -> ArraySlice<UInt32> {
    columns[Int(starts[row])..<Int(starts[row + 1])]
  }

  /// The number of ones in each row.
  var rowCounts: [UInt32] { (0..<rows).map { UInt32(starts[$0 + 1] - starts[$0]) } }

  /// The number of ones in each column.
  var columnCounts: [UInt32] {
    var counts = [UInt32](repeating: 0, count: width)
    for column in columns { counts[Int(column)] += 1 }
    return counts
  }

  /// The matrix with rows and columns exchanged.
  ///
  /// O(ones + columns).
  var transposed: SparseMatrix {
    var starts = [UInt64](repeating: 0, count: width + 1)
    for column in columns { starts[Int(column) + 1] += 1 }
    for column in 0..<width { starts[column + 1] += starts[column] }
    var next = starts
    var flipped = [UInt32](repeating: 0, count: columns.count)
    for row in 0..<rows {
      for column in self[row] {
        flipped[Int(next[Int(column)])] = UInt32(row)
        next[Int(column)] += 1
      }
    }
    return SparseMatrix(rows: width, width: rows, starts: starts, columns: flipped)
  }

  /// The matrix with at most `limit` ones a row; of longer rows a repeatable random sample stays.
  func limited(toRow limit: Int, seed: UInt64) -> SparseMatrix {
    guard rowCounts.contains(where: { $0 > limit }) else { return self }
    var random = SplitMix64(seed: seed)
    var starts: [UInt64] = [0]
    var kept: [UInt32] = []
    for row in 0..<rows {
      var some = Array(self[row])
      if some.count > limit {
        some.shuffle(using: &random)
        some.removeSubrange(limit...)
        some.sort()
      }
      kept += some
      starts.append(UInt64(kept.count))
    }
    return SparseMatrix(rows: rows, width: width, starts: starts, columns: kept)
  }
}

/// A repeatable source of randomness (Steele, Lea and Flood, 2014).
struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A value from -1 up to 1.
  mutating func unit() -> Float { Float(Int64(bitPattern: next()) >> 40) / Float(1 << 23) }
}

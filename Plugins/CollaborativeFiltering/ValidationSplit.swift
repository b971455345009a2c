// SPDX-License-Identifier: Apache-2.0

/// Interactions parted in two: what settings are tried on, and items held out by chance that judge them,
/// a tenth of each user's or one of each, by the goal.
struct ValidationSplit: Sendable {
  /// The share of a user's items that is held out: with more, what is left is another, sparser set.
  static let share = 0.1
  let training: SparseMatrix
  let held: SparseMatrix
  /// Users with held-out items, a repeatable sample of `limit` at most, ascending.
  let users: [Int]

  let goal: ValidationGoal

  /// Users with fewer than three items keep them all.
  init(_ matrix: SparseMatrix, goal: ValidationGoal = .allItems, limit: Int, seed: UInt64) {
    self.goal = goal
    var random = SplitMix64(seed: seed)
    var (kept, out): ([UInt64], [UInt64]) = ([], [])
    kept.reserveCapacity(matrix.count)
    var candidates: [Int] = []
    for row in 0..<matrix.rows {
      var items = Array(matrix[row])
      var share = 0
      if items.count >= 3 {
        share = goal == .allItems ? max(1, Int((Double(items.count) * Self.share).rounded())) : 1
        items.shuffle(using: &random)
        candidates.append(row)
      }
      for (index, item) in items.enumerated() {
        let pair = UInt64(row) << 32 | UInt64(item)
        if index < share { out.append(pair) } else { kept.append(pair) }
      }
    }
    training = SparseMatrix(pairs: kept, rows: matrix.rows, columns: matrix.width)
    held = SparseMatrix(pairs: out, rows: matrix.rows, columns: matrix.width)
    candidates.shuffle(using: &random)
    users = candidates.prefix(limit).sorted()
  }
}

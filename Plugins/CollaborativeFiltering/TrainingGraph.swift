// SPDX-License-Identifier: Apache-2.0

internal import CFilterKernels

/// The interactions in both directions, with the counts that the filters scale by.
struct TrainingGraph: Sendable {
  let users: SparseMatrix
  let items: SparseMatrix
  let userCounts: [UInt32]
  let itemCounts: [UInt32]

  init(_ matrix: SparseMatrix) {
    users = matrix
    items = matrix.transposed
    userCounts = matrix.rowCounts
    itemCounts = matrix.columnCounts
  }

  /// The linear filter's weights of one history item, added to a row of zeros.
  ///
  /// `history`, `user` and `candidate` are the counts to their powers. O(Σ_u |u|) over its users.
  func addLinearRow(
    of item: Int,
    scaled scales: LinearScales,
    to row: UnsafeMutableBufferPointer<Float>
  ) {
    guard let base = row.baseAddress else { return }
    users.columns.withUnsafeBufferPointer { columns in
      guard let start = columns.baseAddress else { return }
      for user in items[item] {
        let first = Int(users.starts[Int(user)])
        martlet_scatter_scaled(
          base,
          start + first,
          scales.candidate,
          Int(users.starts[Int(user) + 1]) - first,
          scales.history[item] * scales.user[Int(user)]
        )
      }
    }
  }

  /// The linear filter's scores of all items for a history, added to a row of zeros.
  ///
  /// `touched` has a zero for each user and is left so. Goes by way of the users that share an item
  /// with the history, so that it takes no longer than one pass over the interactions.
  func addLinearScores(
    of history: ArraySlice<UInt32>,
    scaled scales: LinearScales,
    touched: inout [Float],
    to row: UnsafeMutableBufferPointer<Float>
  ) {
    guard let base = row.baseAddress else { return }
    var near: [UInt32] = []
    for item in history {
      for user in items[Int(item)] {
        if touched[Int(user)] == 0 { near.append(user) }
        touched[Int(user)] += scales.history[Int(item)]
      }
    }
    users.columns.withUnsafeBufferPointer { columns in
      guard let start = columns.baseAddress else { return }
      for user in near {
        let first = Int(users.starts[Int(user)])
        martlet_scatter_scaled(
          base,
          start + first,
          scales.candidate,
          Int(users.starts[Int(user) + 1]) - first,
          touched[Int(user)] * scales.user[Int(user)]
        )
        touched[Int(user)] = 0
      }
    }
  }
}

/// The linear filter's three scales: |i|^-a, |u|^-c and |j|^-b.
struct LinearScales: Sendable {
  let history: [Float]
  let user: [Float]
  let candidate: [Float]

  init(_ graph: TrainingGraph, _ settings: FilterSettings) {
    history = Powers(graph.itemCounts)(-settings.historyExponent)
    user = Powers(graph.userCounts)(-settings.userExponent)
    candidate = Powers(graph.itemCounts)(-settings.candidateExponent)
  }
}

// SPDX-License-Identifier: Apache-2.0

/// The Frobenius norms of the two parts of a filter over evenly spread rows, the weights of items for
/// themselves among them: what the spectral share is a ratio of.
enum FilterNorms {
  private static let rows = 128
  private static let rowsAtATime = 64

  static func linear(_ graph: TrainingGraph, _ scales: LinearScales) -> Float {
    norm(items: graph.users.width) { items, block in
      for (index, item) in items.enumerated() {
        graph.addLinearRow(of: item, scaled: scales, to: block[index])
      }
    }
  }

  static func spectral(_ filter: SpectralFilter) -> Float {
    norm(items: filter.items) { filter.write($0, to: $1) }
  }

  /// What a spectral filter is multiplied by, so that its norm is that share of the linear one's.
  static func weight(share: Float, linear: Float, of filter: SpectralFilter) -> Float {
    let own = spectral(filter)
    return own > 0 ? share * linear / own : 0
  }

  /// `write` writes the rows of items into a block of zeros.
  private static func norm(items: Int, _ write: ([Int], DenseMatrix) -> Void) -> Float {
    let some = Array(stride(from: 0, to: items, by: max(1, items / rows)))
    var sum = 0.0
    for start in stride(from: 0, to: some.count, by: rowsAtATime) {
      let part = Array(some[start..<min(some.count, start + rowsAtATime)])
      let block = DenseMatrix(rows: part.count, width: items)
      write(part, block)
      for row in part.indices { sum += Double(block[row].reduce(into: Float(0)) { $0 += $1 * $1 }) }
    }
    return Float(sum.squareRoot())
  }
}

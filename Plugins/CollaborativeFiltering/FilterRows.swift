// SPDX-License-Identifier: Apache-2.0

/// Rows of the item-item filter, made on demand a block at a time: neither the whole matrix nor any
/// square of the number of items is ever held.
struct FilterRows: Sendable {
  private let graph: TrainingGraph
  private let scales: LinearScales
  private let spectral: SpectralFilter?
  /// What the spectral filter is multiplied by, so that its norm is the share of the linear one's.
  private(set) var spectralWeight: Float = 0

  /// `factors` are of the settings' exponents, and at least `settings.rank` wide if that is not 0.
  init(_ graph: TrainingGraph, _ settings: FilterSettings, factors: SpectralFactors?) {
    self.graph = graph
    scales = LinearScales(graph, settings)
    guard let factors, settings.rank > 0, settings.spectralShare > 0 else {
      spectral = nil
      return
    }
    spectral = SpectralFilter(graph, settings, factors)
    let (linear, low) = norms()
    spectralWeight = low > 0 ? settings.spectralShare * linear / low : 0
  }

  var width: Int { graph.users.width }

  /// Writes the rows of `items` one after the other into `block`, which holds that many rows; the
  /// weight of an item for itself is 0.
  func write(_ items: [Int], to block: DenseMatrix) {
    writeSpectral(items, weight: spectralWeight, to: block)
    for (index, item) in items.enumerated() {
      graph.addLinearRow(of: item, scaled: scales, to: block[index])
      block[index][item] = 0
    }
  }

  /// The Frobenius norms of both filters over evenly spread rows, the weights of items for themselves
  /// among them.
  private func norms() -> (linear: Float, spectral: Float) {
    let step = max(1, width / 128)
    let items = Array(stride(from: 0, to: width, by: step))
    let block = DenseMatrix(rows: 64, width: width)
    var (linear, spectral) = (0.0, 0.0)
    for start in stride(from: 0, to: items.count, by: 64) {
      let some = Array(items[start..<min(items.count, start + 64)])
      writeSpectral(some, weight: 1, to: block)
      spectral += Self.squares(block, some.count)
      block.values.update(repeating: 0, count: block.rows * width)
      for (index, item) in some.enumerated() {
        graph.addLinearRow(of: item, scaled: scales, to: block[index])
      }
      linear += Self.squares(block, some.count)
    }
    return (Float(linear.squareRoot()), Float(spectral.squareRoot()))
  }

  private func writeSpectral(_ items: [Int], weight: Float, to block: DenseMatrix) {
    guard let spectral, weight != 0 else {
      block.values.update(repeating: 0, count: items.count * width)
      return
    }
    let sums = DenseMatrix(rows: items.count, width: spectral.rank)
    for (index, item) in items.enumerated() { spectral.add(item, weight: weight, to: sums[index]) }
    spectral.scores(sums, to: block)
  }

  private static func squares(_ block: DenseMatrix, _ rows: Int) -> Double {
    (0..<rows).reduce(0) { sum, row in
      sum + Double(block[row].reduce(into: Float(0)) { $0 += $1 * $1 })
    }
  }
}

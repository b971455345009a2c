// SPDX-License-Identifier: Apache-2.0

/// Rows of the item-item filter, made on demand a block at a time: neither the whole matrix nor any
/// square of the number of items is ever held.
struct FilterRows: Sendable {
  private let graph: TrainingGraph
  private let scales: LinearScales
  private let spectral: SpectralFilter?
  /// What the spectral filter is multiplied by, so that its norm is the share of the linear one's.
  let spectralWeight: Float

  /// `factors` are of the settings' exponents, and at least `settings.rank` wide if that is not 0.
  init(_ graph: TrainingGraph, _ settings: FilterSettings, factors: SpectralFactors?) {
    self.graph = graph
    scales = LinearScales(graph, settings)
    guard let factors, settings.rank > 0, settings.spectralShare > 0 else {
      (spectral, spectralWeight) = (nil, 0)
      return
    }
    let filter = SpectralFilter(graph, settings, factors)
    let norm = FilterNorms.spectral(filter)
    spectral = filter
    spectralWeight =
      norm > 0 ? settings.spectralShare * FilterNorms.linear(graph, scales) / norm : 0
  }

  var width: Int { graph.users.width }

  /// Writes the rows of `items` one after the other into `block`, which holds that many rows; the
  /// weight of an item for itself is 0.
  func write(_ items: [Int], to block: DenseMatrix) {
    if let spectral {
      spectral.write(items, weight: spectralWeight, to: block)
    } else {
      block.values.update(repeating: 0, count: items.count * width)
    }
    for (index, item) in items.enumerated() {
      graph.addLinearRow(of: item, scaled: scales, to: block[index])
      block[index][item] = 0
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

/// Rows of the item-item filter, made on demand a block at a time: neither the whole matrix nor any
/// square of the number of items is ever held.
struct FilterRows: Sendable {
  private let graph: TrainingGraph
  private let scales: LinearScales
  private let spectral: [(filter: SpectralFilter, weight: Float)]

  /// `factors` are of the settings' exponents, and at least `settings.rank` wide.
  init(_ graph: TrainingGraph, _ settings: FilterSettings, factors: SpectralFactors?) {
    self.graph = graph
    scales = LinearScales(graph, settings)
    let linear = FilterNorms.linear(graph, scales)
    func part(_ filter: SpectralFilter?, _ share: Float) -> (SpectralFilter, Float)? {
      filter.map { ($0, FilterNorms.weight(share: share, linear: linear, of: $0)) }
    }
    spectral = [
      part(
        factors.flatMap { SpectralFilter(lowPass: graph, settings, $0) },
        settings.spectralShare
      ),
      part(factors.flatMap { SpectralFilter(ridge: graph, settings, $0) }, settings.ridgeShare),
    ].compactMap { $0 }
  }

  var width: Int { graph.users.width }

  /// Writes the rows of `items` one after the other into `block`, which holds that many rows; the
  /// weight of an item for itself is 0.
  func write(_ items: [Int], to block: DenseMatrix) {
    block.values.update(repeating: 0, count: items.count * width)
    if !spectral.isEmpty {
      let other = DenseMatrix(rows: items.count, width: width)
      for (filter, weight) in spectral {
        filter.write(items, weight: weight, to: other)
        for index in 0..<items.count * width { block.values[index] += other.values[index] }
      }
    }
    for (index, item) in items.enumerated() {
      graph.addLinearRow(of: item, scaled: scales, to: block[index])
      block[index][item] = 0
    }
  }
}

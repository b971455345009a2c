// SPDX-License-Identifier: Apache-2.0

internal import COpenBLAS

/// The part of the filter that comes from the singular vectors: Σ_k V_ik h_k V_jk, scaled by powers of
/// the items' counts.
///
/// For the low-pass filter h is 1. For the ridge regression it is λ / (λ + δ · mean λ) for the squared
/// singular value λ, and column j is divided by 1 - Σ_k V_jk² h_k: that is the regression of each item on
/// all others, EASE (Steck, WWW 2019), within the span of the vectors.
struct SpectralFilter: Sendable {
  private let vectors: DenseMatrix
  private let response: [Float]
  private let rowScale: [Float]
  private let columnScale: [Float]

  /// The low-pass filter; nil if the settings have none.
  ///
  /// `factors` are of the settings' exponents; vectors beyond `settings.rank` are not used.
  init?(lowPass graph: TrainingGraph, _ settings: FilterSettings, _ factors: SpectralFactors) {
    guard settings.rank > 0, settings.spectralShare > 0 else { return nil }
    vectors = factors.vectors
    let powers = Powers(graph.itemCounts)
    rowScale = powers(-settings.spectralItemExponent)
    response = Array(repeating: 1, count: min(settings.rank, factors.vectors.width))
    columnScale = powers(settings.spectralItemExponent)
  }

  /// The ridge regression in the span of all vectors; nil if the settings have none.
  init?(ridge graph: TrainingGraph, _ settings: FilterSettings, _ factors: SpectralFactors) {
    guard settings.ridgeShare > 0, settings.damping > 0 else { return nil }
    vectors = factors.vectors
    let powers = Powers(graph.itemCounts)
    rowScale = powers(-settings.spectralItemExponent)
    let rank = factors.vectors.width
    let floor = settings.damping * factors.meanSquare
    response = factors.strengths.prefix(rank).map { $0 * $0 / ($0 * $0 + floor) }
    var scale = powers(settings.spectralItemExponent)
    for item in scale.indices {
      var own: Float = 0
      for k in 0..<rank { own += vectors[item][k] * vectors[item][k] * response[k] }
      // Rounding must not turn a column around.
      scale[item] /= max(1e-3, 1 - own)
    }
    columnScale = scale
  }

  var rank: Int { response.count }
  var items: Int { vectors.rows }

  /// Writes the filter's rows of items, times `weight`, one after the other into `block`.
  func write(_ items: [Int], weight: Float = 1, to block: DenseMatrix) {
    let sums = DenseMatrix(rows: items.count, width: rank)
    for (index, item) in items.enumerated() { add(item, weight: weight, to: sums[index]) }
    scores(sums, to: block)
  }

  /// Adds what an item of a history contributes to the `rank` sums that `scores` takes.
  func add(_ item: Int, weight: Float, to sums: UnsafeMutableBufferPointer<Float>) {
    let (vector, scale) = (vectors[item], weight * rowScale[item])
    for k in 0..<rank { sums[k] += scale * vector[k] * response[k] }
  }

  /// Writes the scores of all items, a row for each row of sums.
  func scores(_ sums: DenseMatrix, to block: DenseMatrix) {
    let width = vectors.rows
    cblas_sgemm(
      CblasRowMajor,
      CblasNoTrans,
      CblasTrans,
      Int32(sums.rows),
      Int32(width),
      Int32(rank),
      1,
      sums.values,
      Int32(max(1, rank)),
      vectors.values,
      Int32(max(1, vectors.width)),
      0,
      block.values,
      Int32(max(1, width))
    )
    for index in 0..<sums.rows {
      let row = block[index]
      for column in 0..<width { row[column] *= columnScale[column] }
    }
  }
}

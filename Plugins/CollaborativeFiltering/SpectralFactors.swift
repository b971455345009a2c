// SPDX-License-Identifier: Apache-2.0

internal import CFilterKernels

/// The first right singular vectors of D_u^-x R D_i^-y, one column each, strongest first.
///
/// By subspace iteration from random vectors (Halko, Martinsson and Tropp, 2011): four rounds, and
/// some vectors more than asked for. Rows are items. O(rounds · rank · (ones + items · rank)).
struct SpectralFactors: Sendable {
  private static let rounds = 4
  private static let surplus = 32

  let vectors: DenseMatrix
  /// The singular values, descending.
  let strengths: [Float]

  init(vectors: DenseMatrix, strengths: [Float]) {
    self.vectors = vectors
    self.strengths = strengths
  }

  /// Finds `rank` vectors, or as many as there are items or users.
  ///
  /// - Throws: ``FilterError`` if the small eigenproblem does not converge.
  init(
    _ graph: TrainingGraph,
    userExponent: Float,
    itemExponent: Float,
    rank: Int,
    threads: Int,
    seed: UInt64
  ) throws(FilterError) {
    let userScale = Powers(graph.userCounts)(-userExponent)
    let itemScale = Powers(graph.itemCounts)(-itemExponent)
    let most = min(graph.users.rows, graph.users.width)
    let width = min(rank + Self.surplus, most)
    let basis = DenseMatrix(rows: graph.users.width, width: width)
    var random = SplitMix64(seed: seed)
    for index in 0..<basis.rows * width { basis.values[index] = random.unit() }
    let images = DenseMatrix(rows: graph.users.rows, width: width)
    DenseMatrix.useThreads(threads)
    basis.orthonormalize()
    for _ in 0..<Self.rounds {
      Self.multiply(graph.users, basis, userScale, itemScale, threads, into: images)
      Self.multiply(graph.items, images, itemScale, userScale, threads, into: basis)
      basis.orthonormalize()
    }
    Self.multiply(graph.users, basis, userScale, itemScale, threads, into: images)
    let (values, rotation) = try images.gram().eigen()
    let kept = min(rank, width)
    vectors = basis.times(rotation.columns(upTo: kept))
    strengths = values.prefix(kept).map { $0 > 0 ? $0.squareRoot() : 0 }
  }

  private static func multiply(
    _ sparse: SparseMatrix,
    _ dense: DenseMatrix,
    _ rowScale: [Float],
    _ columnScale: [Float],
    _ threads: Int,
    into product: DenseMatrix
  ) {
    Parallel.ranges(sparse.rows, by: 256, threads: threads) { range, _ in
      martlet_sparse_times_dense(
        sparse.starts,
        sparse.columns,
        rowScale,
        columnScale,
        range.lowerBound,
        range.upperBound,
        dense.values,
        dense.width,
        product.values
      )
    }
  }
}

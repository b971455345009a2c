// SPDX-License-Identifier: Apache-2.0

internal import CFilterKernels

/// The first right singular vectors of D_u^-x R D_i^-y, one column each, strongest first.
///
/// By subspace iteration from random vectors (Halko, Martinsson and Tropp, 2011): four rounds, and
/// some vectors more than asked for. Where most vectors are wanted the whole space is taken instead.
/// Rows are items. O(rounds · rank · (ones + items · rank)).
struct SpectralFactors: Sendable {
  private static let rounds = 4
  private static let surplus = 32
  /// Vectors multiplied in one go: what bounds the memory that the users take.
  private static let slice = 64

  let vectors: DenseMatrix
  /// The singular values, descending.
  let strengths: [Float]
  /// The mean over all items of the squared singular values, found or not.
  let meanSquare: Float

  init(vectors: DenseMatrix, strengths: [Float], meanSquare: Float) {
    self.vectors = vectors
    self.strengths = strengths
    self.meanSquare = meanSquare
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
    let scaled = ScaledGraph(graph, userExponent, itemExponent, threads: threads)
    let items = graph.users.width
    let most = min(graph.users.rows, items)
    let isWhole = 2 * (rank + Self.surplus) > items
    let basis = DenseMatrix(rows: items, width: isWhole ? items : min(rank + Self.surplus, most))
    let images = DenseMatrix(rows: items, width: basis.width)
    DenseMatrix.useThreads(threads)
    if isWhole {
      for item in 0..<items { basis[item][item] = 1 }
    } else {
      var random = SplitMix64(seed: seed)
      for index in 0..<items * basis.width { basis.values[index] = random.unit() }
      for round in 1...Self.rounds {
        scaled.multiplySquare(basis, slice: Self.slice, into: images)
        basis.values.update(from: images.values, count: items * basis.width)
        // Between rounds it is enough that no direction is lost to rounding.
        if round < Self.rounds { try basis.whiten() } else { basis.orthonormalize() }
      }
    }
    scaled.multiplySquare(basis, slice: Self.slice, into: images)
    let (values, rotation) = try basis.transposedTimes(images).eigen()
    let kept = min(rank, most, basis.width)
    vectors = isWhole ? rotation.columns(upTo: kept) : basis.times(rotation.columns(upTo: kept))
    strengths = values.prefix(kept).map { $0 > 0 ? $0.squareRoot() : 0 }
    meanSquare = scaled.squaredNorm / Float(max(1, items))
  }
}

/// D_u^-x R D_i^-y as a factor of products.
private struct ScaledGraph {
  private let graph: TrainingGraph
  private let userScale: [Float]
  private let itemScale: [Float]
  private let threads: Int

  init(_ graph: TrainingGraph, _ userExponent: Float, _ itemExponent: Float, threads: Int) {
    self.graph = graph
    self.threads = threads
    userScale = Powers(graph.userCounts)(-userExponent)
    itemScale = Powers(graph.itemCounts)(-itemExponent)
  }

  /// The sum of the squares of all values.
  var squaredNorm: Float {
    let sum = (0..<graph.users.rows).reduce(0.0) { sum, user in
      sum
        + graph.users[user].reduce(0.0) {
          let value = Double(userScale[user] * itemScale[Int($1)])
          return $0 + value * value
        }
    }
    return Float(sum)
  }

  /// The transpose times this times `dense`.
  func multiplySquare(_ dense: DenseMatrix, slice: Int, into product: DenseMatrix) {
    let between = DenseMatrix(rows: graph.users.rows, width: slice)
    for start in stride(from: 0, to: dense.width, by: slice) {
      let width = min(slice, dense.width - start)
      Parallel.ranges(graph.users.rows, by: 256, threads: threads) { range, _ in
        martlet_sparse_times_dense(
          graph.users.starts,
          graph.users.columns,
          userScale,
          itemScale,
          range.lowerBound,
          range.upperBound,
          width,
          dense.values + start,
          dense.width,
          between.values,
          slice
        )
      }
      Parallel.ranges(graph.items.rows, by: 256, threads: threads) { range, _ in
        martlet_sparse_times_dense(
          graph.items.starts,
          graph.items.columns,
          itemScale,
          userScale,
          range.lowerBound,
          range.upperBound,
          width,
          between.values,
          slice,
          product.values + start,
          product.width
        )
      }
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import COpenBLAS

/// A row-major matrix of floats, with the few products that training asks of OpenBLAS.
///
/// Threads may read one matrix together; whoever writes it must be alone.
final class DenseMatrix: @unchecked Sendable {
  let rows: Int
  let width: Int
  let values: UnsafeMutablePointer<Float>

  /// A matrix of zeros.
  init(rows: Int, width: Int) {
    self.rows = rows
    self.width = width
    values = .allocate(capacity: max(1, rows * width))
    values.initialize(repeating: 0, count: max(1, rows * width))
  }

  deinit { values.deallocate() }

  /// The values of a row.
  subscript(row: Int) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: values + row * width, count: width)
  }

  /// This matrix times another.
  func times(_ other: DenseMatrix) -> DenseMatrix {
    let product = DenseMatrix(rows: rows, width: other.width)
    cblas_sgemm(
      CblasRowMajor,
      CblasNoTrans,
      CblasNoTrans,
      Int32(rows),
      Int32(other.width),
      Int32(width),
      1,
      values,
      Int32(max(1, width)),
      other.values,
      Int32(max(1, other.width)),
      0,
      product.values,
      Int32(max(1, other.width))
    )
    return product
  }

  /// The product of this matrix's transpose with a matrix of as many rows.
  func transposedTimes(_ other: DenseMatrix) -> DenseMatrix {
    let product = DenseMatrix(rows: width, width: other.width)
    cblas_sgemm(
      CblasRowMajor,
      CblasTrans,
      CblasNoTrans,
      Int32(width),
      Int32(other.width),
      Int32(rows),
      1,
      values,
      Int32(max(1, width)),
      other.values,
      Int32(max(1, other.width)),
      0,
      product.values,
      Int32(max(1, other.width))
    )
    return product
  }

  /// Makes the columns orthonormal, keeping the space that they span.
  ///
  /// Needs at least as many rows as columns. LAPACK sees the rows as columns, so the QR factors of
  /// this matrix are the LQ factors of what it sees. O(rows · width²).
  func orthonormalize() {
    var (m, n, info) = (Int32(width), Int32(rows), Int32(0))
    var tau = [Float](repeating: 0, count: width)
    // 64 columns a block is what LAPACK's own query answers for these two.
    var workSize = Int32(64 * max(1, width))
    var work = [Float](repeating: 0, count: Int(workSize))
    var lead = m
    sgelqf_(&m, &n, values, &lead, &tau, &work, &workSize, &info)
    var reflectors = m
    sorglq_(&m, &n, &reflectors, values, &lead, tau, &work, &workSize, &info)
  }

  /// Makes the columns nearly orthonormal, keeping the space that they span up to directions of less
  /// than a thousandth of the strongest: faster than `orthonormalize`, by the Gram matrix.
  ///
  /// - Throws: ``FilterError`` if the small eigenproblem does not converge.
  func whiten() throws(FilterError) {
    let (squares, rotation) = try transposedTimes(self).eigen()
    let least = max(squares.first ?? 0, .leastNormalMagnitude) * 1e-6
    for column in 0..<width {
      let scale = 1 / max(squares[column], least).squareRoot()
      for row in 0..<width { rotation[row][column] *= scale }
    }
    let turned = times(rotation)
    // Only the pointer is used, which would not keep the matrix alive.
    withExtendedLifetime(turned) { values.update(from: turned.values, count: rows * width) }
  }

  /// The eigenvalues of this symmetric matrix, descending, and its eigenvectors as columns.
  ///
  /// - Throws: ``FilterError`` if the iteration did not converge.
  func eigen() throws(FilterError) -> (values: [Float], vectors: DenseMatrix) {
    let copy = DenseMatrix(rows: rows, width: width)
    copy.values.update(from: values, count: rows * width)
    var (n, info) = (Int32(width), Int32(0))
    var eigenvalues = [Float](repeating: 0, count: width)
    var workSize = Int32(1 + 6 * width + 2 * width * width)
    var integerSize = Int32(3 + 5 * width)
    var work = [Float](repeating: 0, count: Int(workSize))
    var integers = [Int32](repeating: 0, count: Int(integerSize))
    var lead = n
    ssyevd_(
      "V",
      "L",
      &n,
      copy.values,
      &lead,
      &eigenvalues,
      &work,
      &workSize,
      &integers,
      &integerSize,
      &info
    )
    guard info == 0 else {
      throw FilterError(
        .numeric,
        "The eigenvectors of the item matrix did not converge: train with a smaller --rank."
      )
    }
    // Ascending rows of what LAPACK wrote become descending columns.
    let vectors = DenseMatrix(rows: width, width: width)
    for index in 0..<width {
      for row in 0..<width { vectors[row][index] = copy[width - 1 - index][row] }
    }
    return (eigenvalues.reversed(), vectors)
  }

  /// The first columns, at most `count`.
  func columns(upTo count: Int) -> DenseMatrix {
    let part = DenseMatrix(rows: rows, width: min(count, width))
    for row in 0..<rows {
      part[row].baseAddress?.update(from: values + row * width, count: part.width)
    }
    return part
  }

  /// Sets the number of threads that products and factorisations use, in the whole process.
  static func useThreads(_ count: Int) { openblas_set_num_threads(Int32(count)) }
}

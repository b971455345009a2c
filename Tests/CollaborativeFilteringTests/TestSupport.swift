// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import CollaborativeFiltering

/// Interactions made by chance: popular items are taken more often, groups of users take like items.
func someInteractions(users: Int, items: Int, perUser: Int, seed: UInt64) -> Interactions {
  var random = SplitMix64(seed: seed)
  var builder = InteractionsBuilder()
  for user in 0..<users {
    for _ in 0..<Int.random(in: 1...2 * perUser, using: &random) {
      let unit = Double.random(in: 0..<1, using: &random)
      let item = Int(unit * unit * Double(items))
      let near = Bool.random(using: &random) ? (item / 7 * 7 + user % 7) % items : item
      builder.add(user: "u\(user)", item: "i\(near)")
    }
  }
  return builder.finish()
}

/// Runs `body` with the path of a file that is removed afterwards, with what training leaves beside.
func withModelPath<T>(_ body: (String) throws -> T) rethrows -> T {
  let directory = NSTemporaryDirectory() + "martlet-cf-" + UUID().uuidString
  try? FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: directory) }
  return try body(directory + "/model.cf")
}

/// A matrix of doubles, the plainest that can be computed with.
struct PlainMatrix {
  var rows: [[Double]]

  init(_ matrix: SparseMatrix) {
    rows = (0..<matrix.rows).map { row in
      var values = [Double](repeating: 0, count: matrix.width)
      for column in matrix[row] { values[Int(column)] = 1 }
      return values
    }
  }

  init(_ matrix: DenseMatrix) {
    rows = (0..<matrix.rows).map { row in matrix[row].map(Double.init) }
  }

  var transposed: PlainMatrix {
    var other = self
    other.rows = (rows.first ?? []).indices.map { column in rows.map { $0[column] } }
    return other
  }

  func times(_ other: PlainMatrix) -> PlainMatrix {
    var product = self
    let columns = other.transposed.rows
    product.rows = rows.map { row in
      columns.map { column in zip(row, column).reduce(0) { $0 + $1.0 * $1.1 } }
    }
    return product
  }

  /// Each value times a factor of its row and one of its column.
  func scaled(_ left: [Double], _ right: [Double]) -> PlainMatrix {
    var product = self
    for row in rows.indices {
      for column in rows[row].indices { product.rows[row][column] *= left[row] * right[column] }
    }
    return product
  }

  var norm: Double { rows.joined().reduce(0) { $0 + $1 * $1 }.squareRoot() }

  /// The largest difference of two values at the same place.
  func distance(_ other: PlainMatrix) -> Double {
    zip(rows.joined(), other.rows.joined()).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }
}

extension Array where Element == UInt32 {
  /// Each count to a power.
  func powers(_ exponent: Float) -> [Double] {
    map { pow(Double(Swift.max(1, $0)), Double(exponent)) }
  }
}

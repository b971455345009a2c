// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CollaborativeFiltering

/// The filters against dense matrices of doubles.
@Suite struct FilterTests {
  static let seeds: [UInt64] = [1, 2, 3, 4, 5]

  static func settings(_ random: inout SplitMix64) -> FilterSettings {
    var settings = FilterSettings()
    settings.historyExponent = .random(in: 0...1, using: &random)
    settings.userExponent = .random(in: 0...1.5, using: &random)
    settings.candidateExponent = .random(in: 0...1, using: &random)
    settings.spectralUserExponent = .random(in: 0...0.5, using: &random)
    settings.spectralItemExponent = .random(in: 0...0.5, using: &random)
    settings.spectralShare = .random(in: 0.2...2, using: &random)
    settings.rank = Int.random(in: 1...20, using: &random)
    if Bool.random(using: &random) {
      settings.damping = .random(in: 0.5...8, using: &random)
      settings.ridgeShare = .random(in: 0.2...2, using: &random)
    }
    return settings
  }

  static func factors(_ graph: TrainingGraph, _ settings: FilterSettings) throws -> SpectralFactors
  {
    try SpectralFactors(
      graph,
      userExponent: settings.spectralUserExponent,
      itemExponent: settings.spectralItemExponent,
      rank: settings.ridgeShare > 0 ? max(settings.rank, 25) : settings.rank,
      threads: 2,
      seed: 9
    )
  }

  /// The filter by its definition, with items' weights for themselves.
  static func plain(
    _ graph: TrainingGraph,
    _ settings: FilterSettings,
    _ factors: SpectralFactors?
  )
    -> PlainMatrix
  {
    let matrix = PlainMatrix(graph.users)
    let users = graph.userCounts.powers(-settings.userExponent)
    let ones = [Double](repeating: 1, count: graph.users.width)
    var linear = matrix.transposed.times(matrix.scaled(users, ones))
      .scaled(
        graph.itemCounts.powers(-settings.historyExponent),
        graph.itemCounts.powers(-settings.candidateExponent)
      )
    guard let factors else { return linear }
    let vectors = PlainMatrix(factors.vectors)
    let gram = PlainMatrix(graph.users).scaled(
      graph.userCounts.powers(-settings.spectralUserExponent),
      graph.itemCounts.powers(-settings.spectralItemExponent)
    )
    let ridge = Double(settings.damping) * gram.norm * gram.norm / Double(graph.users.width)
    func filter(_ response: [Double], divided: Bool) -> PlainMatrix {
      var low = vectors.scaled(ones, response).times(vectors.transposed)
      if divided {
        low = low.scaled(ones, low.rows.indices.map { 1 / max(1e-3, 1 - low.rows[$0][$0]) })
      }
      return low.scaled(
        graph.itemCounts.powers(-settings.spectralItemExponent),
        graph.itemCounts.powers(settings.spectralItemExponent)
      )
    }
    let squares = factors.strengths.map { Double($0 * $0) }
    let parts = [
      (
        settings.spectralShare,
        filter(squares.indices.map { $0 < settings.rank ? 1 : 0 }, divided: false)
      ),
      (settings.ridgeShare, filter(squares.map { $0 / ($0 + max(ridge, 1e-300)) }, divided: true)),
    ]
    let norm = linear.norm
    for (share, part) in parts where share > 0 {
      let weight = Double(share) * norm / part.norm
      for row in linear.rows.indices {
        for column in linear.rows.indices {
          linear.rows[row][column] += weight * part.rows[row][column]
        }
      }
    }
    return linear
  }

  @Test(arguments: seeds) func rowsAreTheDefinition(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let settings = Self.settings(&random)
    let graph = TrainingGraph(someInteractions(users: 90, items: 60, perUser: 9, seed: seed).matrix)
    for factors in [nil, try Self.factors(graph, settings)] {
      let rows = FilterRows(graph, settings, factors: factors)
      let block = DenseMatrix(rows: rows.width, width: rows.width)
      rows.write(Array(0..<rows.width), to: block)
      var expected = Self.plain(graph, settings, factors)
      for item in 0..<rows.width { expected.rows[item][item] = 0 }
      #expect(PlainMatrix(block).distance(expected) < 1e-4 * max(1, expected.norm))
    }
  }

  @Test(arguments: seeds) func singularVectorsSpanTheStrongestDirections(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let settings = Self.settings(&random)
    let graph = TrainingGraph(someInteractions(users: 90, items: 60, perUser: 9, seed: seed).matrix)
    let factors = try Self.factors(graph, settings)
    let vectors = PlainMatrix(factors.vectors)
    let unit = vectors.transposed.times(vectors)
    for row in unit.rows.indices {
      for column in unit.rows.indices {
        #expect(abs(unit.rows[row][column] - (row == column ? 1 : 0)) < 1e-4)
      }
    }
    let scaled = PlainMatrix(graph.users).scaled(
      graph.userCounts.powers(-settings.spectralUserExponent),
      graph.itemCounts.powers(-settings.spectralItemExponent)
    )
    let gram = scaled.transposed.times(scaled)
    let images = gram.times(vectors)
    for (k, strength) in factors.strengths.enumerated() {
      let squared = Double(strength * strength)
      for row in images.rows.indices {
        #expect(abs(images.rows[row][k] - squared * vectors.rows[row][k]) < 1e-2 * gram.norm)
      }
    }
    // What is left after deflation has no direction stronger than the weakest kept one.
    var rest = gram
    for row in rest.rows.indices {
      for column in rest.rows.indices {
        for (k, strength) in factors.strengths.enumerated() {
          rest.rows[row][column] -=
            Double(strength * strength) * vectors.rows[row][k] * vectors.rows[column][k]
        }
      }
    }
    var probe = PlainMatrix(SparseMatrix(pairs: [], rows: graph.users.width, columns: 1))
    for row in probe.rows.indices { probe.rows[row][0] = Double(random.unit()) }
    for _ in 0..<60 {
      probe = rest.times(probe)
      let norm = probe.norm
      for row in probe.rows.indices { probe.rows[row][0] /= max(norm, 1e-300) }
    }
    let weakest = Double(factors.strengths.last ?? 0)
    #expect(rest.times(probe).norm <= 1.05 * weakest * weakest + 1e-6 * gram.norm)
  }

  /// With all singular vectors the damped filter is what inverting the Gram matrix gives.
  @Test(arguments: seeds) func dampingIsARidgeRegression(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var settings = Self.settings(&random)
    settings.damping = .random(in: 0.5...8, using: &random)
    settings.ridgeShare = 1
    let graph = TrainingGraph(someInteractions(users: 90, items: 40, perUser: 9, seed: seed).matrix)
    settings.rank = graph.users.width
    settings.spectralItemExponent = 0
    let factors = try Self.factors(graph, settings)
    let filter = try #require(SpectralFilter(ridge: graph, settings, factors))
    let (sums, block) = (
      DenseMatrix(rows: settings.rank, width: settings.rank),
      DenseMatrix(rows: settings.rank, width: settings.rank)
    )
    for item in 0..<settings.rank { filter.add(item, weight: 1, to: sums[item]) }
    filter.scores(sums, to: block)
    let users = graph.userCounts.powers(-settings.spectralUserExponent)
    let ones = [Double](repeating: 1, count: settings.rank)
    let scaled = PlainMatrix(graph.users).scaled(users, ones)
    var gram = scaled.transposed.times(scaled)
    let ridge = Double(settings.damping) * scaled.norm * scaled.norm / Double(settings.rank)
    for item in 0..<settings.rank { gram.rows[item][item] += ridge }
    // For each column the regression of the item on all others: gram P = 1, weights -P_ij / P_jj.
    for target in 0..<settings.rank {
      let weights = (0..<settings.rank).map { $0 == target ? 0 : Double(block[$0][target]) }
      for item in 0..<settings.rank where item != target {
        let fitted = zip(gram.rows[item], weights).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(fitted - gram.rows[item][target]) < 2e-3 * gram.norm, "seed \(seed)")
      }
    }
  }

  @Test(arguments: seeds) func scoresByWayOfUsersAreSumsOfRows(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let settings = Self.settings(&random)
    let graph = TrainingGraph(someInteractions(users: 90, items: 60, perUser: 9, seed: seed).matrix)
    let plain = Self.plain(graph, settings, nil)
    let scales = LinearScales(graph, settings)
    var touched = [Float](repeating: 0, count: graph.users.rows)
    for user in 0..<graph.users.rows {
      let scores = DenseMatrix(rows: 1, width: graph.users.width)
      graph.addLinearScores(of: graph.users[user], scaled: scales, touched: &touched, to: scores[0])
      for item in 0..<graph.users.width {
        let expected = graph.users[user].reduce(0.0) { $0 + plain.rows[Int($1)][item] }
        #expect(abs(Double(scores[0][item]) - expected) < 1e-4 * max(1, expected))
      }
    }
    #expect(touched.allSatisfy { $0 == 0 })
  }

  @Test(arguments: seeds) func topItemsAreTheFirstOfASort(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    for _ in 0..<200 {
      let count = Int.random(in: 0...60, using: &random)
      let scores: [Float] = (0..<count).map { _ in
        Int.random(in: 0..<9, using: &random) == 0
          ? -.infinity : Float(Int.random(in: -5...5, using: &random))
      }
      let wanted = Int.random(in: 0...70, using: &random)
      let sorted = scores.indices.filter { scores[$0] > -.infinity }
        .sorted { (scores[$0], -$0) > (scores[$1], -$1) }
      #expect(TopItems.of(scores, count: wanted).map(Int.init) == Array(sorted.prefix(wanted)))
    }
  }

  @Test(arguments: seeds) func transposingTwiceChangesNothing(seed: UInt64) {
    let matrix = someInteractions(users: 70, items: 50, perUser: 5, seed: seed).matrix
    let flipped = matrix.transposed
    for row in 0..<matrix.rows {
      for column in 0..<matrix.width {
        #expect(matrix[row].contains(UInt32(column)) == flipped[column].contains(UInt32(row)))
      }
    }
    #expect(flipped.transposed == matrix)
    let limited = matrix.limited(toRow: 3, seed: seed)
    for row in 0..<matrix.rows {
      #expect(limited[row].count == min(3, matrix[row].count))
      #expect(Set(limited[row]).isSubset(of: matrix[row]))
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import COpenBLAS

/// Says how well settings do on held-out items: the mean over users of recall@20 + NDCG@20.
///
/// Users are scored without a stored filter: by way of the users that share items with them, and of
/// the singular vectors.
struct SettingsJudge: Sendable {
  private static let depth = 20
  private static let usersAtATime = 32

  let split: ValidationSplit
  let graph: TrainingGraph
  let threads: Int

  init(_ split: ValidationSplit, threads: Int) {
    self.split = split
    self.threads = threads
    graph = TrainingGraph(split.training)
  }

  /// The figures of `settings` with each of `shares` for its spectral share.
  func judge(
    _ settings: FilterSettings,
    shares: [Float],
    factors: SpectralFactors?
  ) -> [Double] {
    var unit = settings
    unit.spectralShare = 1
    let weight = FilterRows(graph, unit, factors: factors).spectralWeight
    let scales = LinearScales(graph, settings)
    let sums = SharedBuffer<Double>(repeating: 0, count: threads * shares.count)
    DenseMatrix.useThreads(1)
    Parallel.ranges(split.users.count, by: Self.usersAtATime, threads: threads) { range, thread in
      let users = Array(split.users[range])
      let linear = DenseMatrix(rows: users.count, width: graph.users.width)
      var touched = [Float](repeating: 0, count: graph.users.rows)
      for (index, user) in users.enumerated() {
        graph.addLinearScores(
          of: graph.users[user],
          scaled: scales,
          touched: &touched,
          to: linear[index]
        )
      }
      let spectral = spectralScores(users, settings, factors, weight: weight)
      for (index, user) in users.enumerated() {
        for (place, share) in shares.enumerated() {
          sums[thread * shares.count + place] += figure(
            user,
            linear[index],
            spectral?[index],
            share: share
          )
        }
      }
    }
    return shares.indices.map { place in
      (0..<threads).reduce(0) { $0 + sums[$1 * shares.count + place] }
        / Double(max(1, split.users.count))
    }
  }

  private func spectralScores(
    _ users: [Int],
    _ settings: FilterSettings,
    _ factors: SpectralFactors?,
    weight: Float
  ) -> DenseMatrix? {
    guard let factors, settings.rank > 0 else { return nil }
    let rank = min(settings.rank, factors.vectors.width)
    let powers = Powers(graph.itemCounts)
    let (rowScale, columnScale) = (
      powers(-settings.spectralItemExponent), powers(settings.spectralItemExponent)
    )
    let sums = DenseMatrix(rows: users.count, width: rank)
    for (index, user) in users.enumerated() {
      let sum = sums[index]
      for item in graph.users[user] {
        let (vector, scale) = (factors.vectors[Int(item)], weight * rowScale[Int(item)])
        for k in 0..<rank { sum[k] += scale * vector[k] }
      }
    }
    let scores = DenseMatrix(rows: users.count, width: graph.users.width)
    cblas_sgemm(
      CblasRowMajor,
      CblasNoTrans,
      CblasTrans,
      Int32(users.count),
      Int32(scores.width),
      Int32(rank),
      1,
      sums.values,
      Int32(rank),
      factors.vectors.values,
      Int32(factors.vectors.width),
      0,
      scores.values,
      Int32(scores.width)
    )
    for index in users.indices {
      let row = scores[index]
      for column in 0..<scores.width { row[column] *= columnScale[column] }
    }
    return scores
  }

  private func figure(
    _ user: Int,
    _ linear: UnsafeMutableBufferPointer<Float>,
    _ spectral: UnsafeMutableBufferPointer<Float>?,
    share: Float
  ) -> Double {
    var scores = Array(linear)
    if let spectral { for index in scores.indices { scores[index] += share * spectral[index] } }
    for item in graph.users[user] { scores[Int(item)] = -.infinity }
    let list = TopItems.of(scores, count: Self.depth)
    let relevant = Set(split.held[user])
    return RankingMeasures.recall(list, relevant, at: Self.depth)
      + RankingMeasures.ndcg(list, relevant, at: Self.depth)
  }
}

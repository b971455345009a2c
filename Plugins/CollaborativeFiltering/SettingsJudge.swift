// SPDX-License-Identifier: Apache-2.0

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
    let filter = settings.rank > 0 ? factors.map { SpectralFilter(graph, settings, $0) } : nil
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
      let spectral = filter.map { spectralScores(users, $0, weight: weight) }
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
    _ filter: SpectralFilter,
    weight: Float
  ) -> DenseMatrix {
    let sums = DenseMatrix(rows: users.count, width: filter.rank)
    for (index, user) in users.enumerated() {
      for item in graph.users[user] { filter.add(Int(item), weight: weight, to: sums[index]) }
    }
    let scores = DenseMatrix(rows: users.count, width: graph.users.width)
    filter.scores(sums, to: scores)
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

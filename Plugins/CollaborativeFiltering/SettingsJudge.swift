// SPDX-License-Identifier: Apache-2.0

internal import CFilterKernels

/// Says how well settings do on held-out items: the mean over users of what the goal asks for.
///
/// Users are scored without a stored filter: by way of the users that share items with them, and of
/// the singular vectors.
struct SettingsJudge: Sendable {
  private static let usersAtATime = 32

  let split: ValidationSplit
  let graph: TrainingGraph
  private let threads: Int
  private let seed: UInt64

  init(_ split: ValidationSplit, threads: Int, seed: UInt64) {
    self.split = split
    self.threads = max(1, threads)
    self.seed = seed
    graph = TrainingGraph(split.training)
  }

  /// The figures of `trials`, which have the spectral exponents, rank and damping of the first.
  ///
  /// What trials have in common is done once: the spectral scores for all, and a walk over the
  /// interactions for those that differ only in candidate exponent and shares.
  func judge(_ trials: [FilterSettings], factors: SpectralFactors?) -> [Double] {
    guard let first = trials.first else { return [] }
    let unit = first.withSpectralShares(1)
    let filters =
      factors.map {
        [SpectralFilter(lowPass: graph, unit, $0), SpectralFilter(ridge: graph, unit, $0)]
      } ?? [nil, nil]
    let units = filters.map { $0.map { FilterNorms.weight(share: 1, linear: 1, of: $0) } ?? 0 }
    let powers = Powers(graph.itemCounts)
    let weighed = trials.map { trial in
      let linear = factors == nil ? 0 : FilterNorms.linear(graph, LinearScales(graph, trial))
      return WeighedTrial(
        candidate: powers(-trial.candidateExponent),
        lowPass: units[0] * linear * trial.spectralShare,
        ridge: units[1] * linear * trial.ridgeShare
      )
    }
    let walks = Self.walks(trials, graph)
    let sums = SharedBuffer<Double>(repeating: 0, count: threads * trials.count)
    DenseMatrix.useThreads(1)
    Parallel.ranges(split.users.count, by: Self.usersAtATime, threads: threads) { range, thread in
      let users = Array(split.users[range])
      let spectral = filters.map { $0.map { spectralScores(users, $0) } }
      let linear = DenseMatrix(rows: 1, width: graph.users.width)
      var touched = [Float](repeating: 0, count: graph.users.rows)
      for (index, user) in users.enumerated() {
        let figure = UserFigure(user, split, seed: seed)
        for walk in walks {
          linear.values.update(repeating: 0, count: linear.width)
          graph.addLinearScores(
            of: graph.users[user],
            scaled: walk.scales,
            touched: &touched,
            to: linear[0]
          )
          for trial in walk.trials {
            sums[thread * trials.count + trial] += figure.value(
              linear[0],
              weighed[trial],
              spectral.map { $0?[index] }
            )
          }
        }
      }
    }
    return trials.indices.map { trial in
      (0..<threads).reduce(0) { $0 + sums[$1 * trials.count + trial] }
        / Double(max(1, split.users.count))
    }
  }

  /// The trials by their exponents of histories and users, with the scales of these alone.
  private static func walks(
    _ trials: [FilterSettings],
    _ graph: TrainingGraph
  ) -> [(scales: LinearScales, trials: [Int])] {
    Dictionary(grouping: trials.indices) {
      [trials[$0].historyExponent, trials[$0].userExponent]
    }.values.map { members in
      var plain = trials[members[0]]
      plain.candidateExponent = 0
      return (LinearScales(graph, plain), members)
    }
  }

  private func spectralScores(_ users: [Int], _ filter: SpectralFilter) -> DenseMatrix {
    let sums = DenseMatrix(rows: users.count, width: filter.rank)
    for (index, user) in users.enumerated() {
      for item in graph.users[user] { filter.add(Int(item), weight: 1, to: sums[index]) }
    }
    let scores = DenseMatrix(rows: users.count, width: graph.users.width)
    filter.scores(sums, to: scores)
    return scores
  }
}

/// What one trial makes of scores that several trials share.
struct WeighedTrial: Sendable {
  let candidate: [Float]
  let lowPass: Float
  let ridge: Float
}

/// What a user's held-out items say of scores.
private struct UserFigure {
  private static let depth = 20
  private static let shortDepth = 10
  private let history: ArraySlice<UInt32>
  private let held: Set<UInt32>
  /// The held-out item, then those it competes with; nil where all items compete.
  private let cases: [UInt32]?

  init(_ user: Int, _ split: ValidationSplit, seed: UInt64) {
    history = split.training[user]
    held = Set(split.held[user])
    guard case .negatives(let count) = split.goal else {
      cases = nil
      return
    }
    var random = SplitMix64(seed: seed &+ UInt64(user))
    let taken = Set(history).union(held)
    let items = UInt32(split.training.width)
    // A user who took nearly everything gets fewer.
    let drawn = (0..<count).compactMap { _ in
      (0..<8).lazy.map { _ in UInt32.random(in: 0..<items, using: &random) }
        .first { !taken.contains($0) }
    }
    cases = Array(held) + drawn
  }

  func value(
    _ linear: UnsafeMutableBufferPointer<Float>,
    _ trial: WeighedTrial,
    _ spectral: [UnsafeMutableBufferPointer<Float>?]
  ) -> Double {
    let (low, ridge) = (spectral[0], spectral[1])
    if let cases {
      let scores = cases.lazy.map(Int.init).map {
        linear[$0] * trial.candidate[$0] + trial.lowPass * (low?[$0] ?? 0)
          + trial.ridge * (ridge?[$0] ?? 0)
      }
      let rank = RankingMeasures.rank(ofFirst: scores)
      return rank <= Self.shortDepth ? 1 + RankingMeasures.discount(rank) : 0
    }
    var scores = [Float](unsafeUninitializedCapacity: linear.count) { buffer, count in
      count = linear.count
      martlet_combine(
        buffer.baseAddress,
        linear.baseAddress,
        trial.candidate,
        low?.baseAddress,
        trial.lowPass,
        ridge?.baseAddress,
        trial.ridge,
        count
      )
    }
    for item in history { scores[Int(item)] = -.infinity }
    let list = TopItems.of(scores, count: Self.depth)
    return RankingMeasures.recall(list, held, at: Self.depth)
      + RankingMeasures.ndcg(list, held, at: Self.depth)
  }
}

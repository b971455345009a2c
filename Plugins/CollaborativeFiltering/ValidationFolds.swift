// SPDX-License-Identifier: Apache-2.0

/// Validation splits that judge settings together: one where it has enough held-out items, else several.
struct ValidationFolds: Sendable {
  /// Held-out items to be judged by; more tell little that is new.
  private static let held = 30_000
  /// Users to be judged by, at least.
  private static let judged = 4000
  private static let most = 4
  private static let users = 2000...10_000
  /// Multiplications of a singular vector's value with a user's that one trial may take.
  private static let products = 1e11

  private let judges: [SettingsJudge]
  private let options: TrainingOptions

  init(_ matrix: SparseMatrix, _ options: TrainingOptions) {
    self.options = options
    let limit = options.validationUsers ?? Self.users(matrix, options)
    func judge(_ fold: Int) -> SettingsJudge {
      let seed = options.seed &+ UInt64(fold)
      let split = ValidationSplit(matrix, goal: options.goal, limit: limit, seed: seed)
      return SettingsJudge(split, threads: options.threads, seed: seed)
    }
    let first = judge(0)
    let found = first.split.users.reduce(0) { $0 + first.split.held[$1].count }
    let short = max(Self.held / max(1, found), Self.judged / max(1, first.split.users.count))
    let work = Double(first.split.users.count) * Self.width(matrix, options)
    let count = min(Self.most, short, Int(Self.products / max(1, work)))
    judges = [first] + (1..<max(1, options.validationUsers == nil ? count : 1)).map(judge)
  }

  /// Users that hold enough items out, fewer where items times singular vectors are many.
  private static func users(_ matrix: SparseMatrix, _ options: TrainingOptions) -> Int {
    let each =
      options.goal == .allItems
      ? ValidationSplit.share * Double(matrix.count) / Double(matrix.rows) : 1
    let wanted = max(users.lowerBound, min(users.upperBound, Int(Double(held) / max(0.1, each))))
    let affordable = Int(products / width(matrix, options))
    return max(users.lowerBound / 2, min(wanted, affordable))
  }

  /// Values of the singular vectors.
  private static func width(_ matrix: SparseMatrix, _ options: TrainingOptions) -> Double {
    Double(matrix.width) * Double(max(1, options.rankLimit(items: matrix.width)))
  }

  /// The number of splits.
  var count: Int { judges.count }

  /// The users of a split.
  var users: Int { judges[0].split.users.count }

  /// The figures of settings, which differ in linear exponents and share alone, averaged over the splits;
  /// `factors` has those of each split.
  func judge(_ trials: [FilterSettings], factors: [SpectralFactors]?) -> [Double] {
    var sums = [Double](repeating: 0, count: trials.count)
    for (fold, judge) in judges.enumerated() {
      for (index, figure) in judge.judge(trials, factors: factors?[fold]).enumerated() {
        sums[index] += figure / Double(judges.count)
      }
    }
    return sums
  }

  /// The singular vectors of each split.
  ///
  /// - Throws: ``FilterError`` if a factorisation fails.
  func factors(
    userExponent: Float,
    itemExponent: Float,
    rank: Int
  ) throws(FilterError) -> [SpectralFactors] {
    var found: [SpectralFactors] = []
    for judge in judges {
      found.append(
        try SpectralFactors(
          judge.graph,
          userExponent: userExponent,
          itemExponent: itemExponent,
          rank: rank,
          threads: options.threads,
          seed: options.seed
        )
      )
    }
    return found
  }
}

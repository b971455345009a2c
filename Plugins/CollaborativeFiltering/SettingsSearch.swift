// SPDX-License-Identifier: Apache-2.0

/// Chooses the settings by coordinate search on a validation split: the linear filter first, then the
/// spectral exponents at a small rank, then the rank and share, then the linear filter beside it.
struct SettingsSearch {
  private static let history: [Float] = [0.2, 0.35, 0.5, 0.65, 0.8]
  private static let user: [Float] = [0.2, 0.4, 0.6, 0.8, 1, 1.2]
  private static let candidate: [Float] = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
  private static let spectral: [(Float, Float)] = [(0.5, 0.5), (0.3, 0.4), (0.2, 0.3)]
  private static let shares: [Float] = [0, 0.25, 0.5, 1, 2, 4]
  private static let probeRank = 256
  /// Fewer users than this judge nothing; the defaults are used.
  private static let fewestUsers = 20

  let judge: SettingsJudge
  let options: TrainingOptions
  /// Called with what is tried and its figure.
  let report: (FilterSettings, Double) -> Void
  private var best: (settings: FilterSettings, figure: Double)

  init(
    _ matrix: SparseMatrix,
    _ options: TrainingOptions,
    report: @escaping (FilterSettings, Double) -> Void
  ) {
    let split = ValidationSplit(matrix, limit: options.validationUsers, seed: options.seed)
    judge = SettingsJudge(split, threads: options.threads)
    self.options = options
    self.report = report
    best = (FilterSettings(), -1)
  }

  /// The settings that did best.
  mutating func run() throws(FilterError) -> FilterSettings {
    guard judge.split.users.count >= Self.fewestUsers else {
      return FilterSettings().limited(to: options.rank)
    }
    var linear = FilterSettings()
    linear.rank = 0
    linear.spectralShare = 0
    consider(linear, factors: nil)
    for _ in 0..<2 { searchLinear(factors: nil) }
    guard options.rank > 0 else { return best.settings }
    for (user, item) in Self.spectral {
      try searchRanks(user, item, upTo: min(options.rank, Self.probeRank))
    }
    let (user, item) = (best.settings.spectralUserExponent, best.settings.spectralItemExponent)
    guard best.settings.rank > 0 else { return best.settings }
    let factors = try searchRanks(user, item, upTo: options.rank)
    searchLinear(factors: factors)
    return best.settings
  }

  @discardableResult
  private mutating func searchRanks(
    _ user: Float,
    _ item: Float,
    upTo limit: Int
  ) throws(FilterError) -> SpectralFactors {
    let factors = try SpectralFactors(
      judge.graph,
      userExponent: user,
      itemExponent: item,
      rank: limit,
      threads: options.threads,
      seed: options.seed
    )
    var tried = best.settings
    tried.spectralUserExponent = user
    tried.spectralItemExponent = item
    var rank = 16
    while true {
      tried.rank = min(rank, limit)
      let figures = judge.judge(tried, shares: Self.shares, factors: factors)
      for (share, figure) in zip(Self.shares, figures) {
        tried.spectralShare = share
        note(tried, figure)
      }
      if rank >= limit { return factors }
      rank *= 2
    }
  }

  private mutating func searchLinear(factors: SpectralFactors?) {
    for value in Self.user { vary(\.userExponent, value, factors) }
    for value in Self.candidate { vary(\.candidateExponent, value, factors) }
    for value in Self.history { vary(\.historyExponent, value, factors) }
  }

  private mutating func vary(
    _ path: WritableKeyPath<FilterSettings, Float>,
    _ value: Float,
    _ factors: SpectralFactors?
  ) {
    guard best.settings[keyPath: path] != value else { return }
    var tried = best.settings
    tried[keyPath: path] = value
    consider(tried, factors: factors)
  }

  private mutating func consider(
    _ settings: FilterSettings,
    factors: SpectralFactors?
  ) {
    note(settings, judge.judge(settings, shares: [settings.spectralShare], factors: factors)[0])
  }

  private mutating func note(_ settings: FilterSettings, _ figure: Double) {
    var plain = settings
    // A share of 0 is the linear filter alone, whose rank says nothing.
    if settings.spectralShare == 0 { plain.rank = 0 }
    report(plain, figure)
    if figure > best.figure { best = (plain, figure) }
  }
}

extension FilterSettings {
  /// The same with at most that many singular vectors.
  func limited(to rank: Int) -> FilterSettings {
    var limited = self
    limited.rank = min(self.rank, rank)
    if limited.rank == 0 { limited.spectralShare = 0 }
    return limited
  }
}

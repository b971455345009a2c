// SPDX-License-Identifier: Apache-2.0

/// Chooses the settings by coordinate search on a validation split: the linear filter first, then the
/// spectral exponents at a small rank, then rank, damping and share, then the linear filter beside it.
struct SettingsSearch {
  private static let history: [Float] = [0.2, 0.35, 0.5, 0.65, 0.8]
  private static let user: [Float] = [0.2, 0.4, 0.6, 0.8, 1, 1.2]
  private static let candidate: [Float] = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
  private static let spectral: [(Float, Float)] = [(0.5, 0.5), (0.3, 0.4), (0.2, 0.3), (0.1, 0.1)]
  private static let dampings: [Float] = [2, 4, 8, 16]
  private static let shares: [Float] = [0.25, 0.5, 1, 2, 8]
  private static let probeRank = 256
  /// Fewer users than this judge nothing; the defaults are used.
  private static let fewestUsers = 20

  private let judge: SettingsJudge
  private let options: TrainingOptions
  private let limit: Int
  /// Called with what is tried and its figure.
  private let report: (FilterSettings, Double) -> Void
  private var best: (settings: FilterSettings, figure: Double)

  init(
    _ matrix: SparseMatrix,
    _ options: TrainingOptions,
    report: @escaping (FilterSettings, Double) -> Void
  ) {
    let split = ValidationSplit(matrix, limit: options.validationUsers, seed: options.seed)
    judge = SettingsJudge(split, threads: options.threads)
    limit = options.rankLimit(items: matrix.width)
    self.options = options
    self.report = report
    best = (FilterSettings(), -1)
  }

  /// The settings that did best.
  ///
  /// - Throws: ``FilterError`` if a factorisation fails.
  mutating func run() throws(FilterError) -> FilterSettings {
    guard judge.split.users.count >= Self.fewestUsers else {
      return FilterSettings().limited(to: limit)
    }
    var linear = FilterSettings()
    linear.rank = 0
    linear.spectralShare = 0
    consider(linear, factors: nil)
    for _ in 0..<2 { searchLinear(factors: nil) }
    guard limit > 0 else { return best.settings }
    // Of a small catalogue the whole spectrum is cheap; of a large one a part tells exponents apart.
    let probe = limit == judge.graph.users.width ? limit : min(limit, Self.probeRank)
    var factors: SpectralFactors?
    for (user, item) in Self.spectral {
      let before = best.figure
      let found = try decompose(user, item, rank: probe)
      searchSpectrum(user, item, found)
      if best.figure > before { factors = found }
    }
    guard factors != nil else { return best.settings }
    if probe < limit {
      let (user, item) = (best.settings.spectralUserExponent, best.settings.spectralItemExponent)
      let found = try decompose(user, item, rank: limit)
      searchSpectrum(user, item, found)
      factors = found
    }
    searchLinear(factors: factors)
    return best.settings
  }

  private func decompose(
    _ user: Float,
    _ item: Float,
    rank: Int
  ) throws(FilterError) -> SpectralFactors {
    try SpectralFactors(
      judge.graph,
      userExponent: user,
      itemExponent: item,
      rank: rank,
      threads: options.threads,
      seed: options.seed
    )
  }

  /// Tries ideal low-pass filters of doubling rank, then damped ones of all vectors.
  private mutating func searchSpectrum(_ user: Float, _ item: Float, _ factors: SpectralFactors) {
    var tried = best.settings
    tried.spectralUserExponent = user
    tried.spectralItemExponent = item
    tried.damping = 0
    let most = factors.vectors.width
    tried.rank = min(16, most)
    while true {
      trySpectrum(tried, factors)
      if tried.rank == most { break }
      tried.rank = min(2 * tried.rank, most)
    }
    for damping in Self.dampings {
      tried.damping = damping
      trySpectrum(tried, factors)
    }
  }

  private mutating func trySpectrum(_ settings: FilterSettings, _ factors: SpectralFactors) {
    let figures = judge.judge(settings, shares: Self.shares, factors: factors)
    for (share, figure) in zip(Self.shares, figures) {
      var tried = settings
      tried.spectralShare = share
      note(tried, figure)
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

  private mutating func consider(_ settings: FilterSettings, factors: SpectralFactors?) {
    note(settings, judge.judge(settings, shares: [settings.spectralShare], factors: factors)[0])
  }

  private mutating func note(_ settings: FilterSettings, _ figure: Double) {
    report(settings, figure)
    if figure > best.figure { best = (settings, figure) }
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

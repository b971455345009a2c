// SPDX-License-Identifier: Apache-2.0

/// Chooses the settings by coordinate search on a validation split: the linear filter first, then the
/// spectral exponents with rank, damping and share, then the linear filter beside that.
///
/// Exponents are compared with all singular vectors that training may use: with few, others win.
struct SettingsSearch {
  private static let history: [Float] = [0.2, 0.35, 0.5, 0.65, 0.8]
  private static let user: [Float] = [0.2, 0.4, 0.6, 0.8, 1, 1.2]
  private static let candidate: [Float] = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
  private static let spectral: [(Float, Float)] = [(0.5, 0.5), (0.3, 0.4), (0.15, 0.2)]
  private static let dampings: [Float] = [2, 6, 18]
  private static let shares: [Float] = [0.25, 0.5, 1, 2, 8]
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
    for _ in 0..<2 { searchLinear(by: .max, factors: nil) }
    guard limit > 0 else { return best.settings }
    var factors: SpectralFactors?
    for (user, item) in Self.spectral {
      let before = best.figure
      let found = try decompose(user, item)
      searchSpectrum(user, item, found)
      if best.figure > before { factors = found }
    }
    if factors != nil { searchLinear(by: 1, factors: factors) }
    return best.settings
  }

  private func decompose(
    _ user: Float,
    _ item: Float
  ) throws(FilterError) -> SpectralFactors {
    try SpectralFactors(
      judge.graph,
      userExponent: user,
      itemExponent: item,
      rank: limit,
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
    tried.rank = max(min(16, most), limit / 32)
    while true {
      tried.rank = min(tried.rank, most)
      trySpectrum(tried, factors)
      if tried.rank == most { break }
      tried.rank *= 2
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

  /// Tries other exponents of the linear filter, up to `steps` away from the best.
  private mutating func searchLinear(by steps: Int, factors: SpectralFactors?) {
    vary(\.userExponent, Self.user, by: steps, factors)
    vary(\.candidateExponent, Self.candidate, by: steps, factors)
    vary(\.historyExponent, Self.history, by: steps, factors)
  }

  private mutating func vary(
    _ path: WritableKeyPath<FilterSettings, Float>,
    _ values: [Float],
    by steps: Int,
    _ factors: SpectralFactors?
  ) {
    let start = best.settings[keyPath: path]
    let place = values.indices.min { abs(values[$0] - start) < abs(values[$1] - start) } ?? 0
    for (index, value) in values.enumerated() where value != start && abs(index - place) <= steps {
      var tried = best.settings
      tried[keyPath: path] = value
      consider(tried, factors: factors)
    }
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

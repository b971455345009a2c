// SPDX-License-Identifier: Apache-2.0

/// Chooses the settings by coordinate search on validation splits: the linear filter first, then the
/// spectral exponents with rank, damping and share, then the linear filter beside that.
///
/// Exponents are compared with all singular vectors that training may use: with few, others win. Where
/// one split has few held-out items, several are used, so that chance decides less.
struct SettingsSearch {
  private static let history: [Float] = [0, 0.2, 0.35, 0.5, 0.65, 0.8]
  private static let user: [Float] = [0, 0.2, 0.4, 0.6, 0.8, 1, 1.2]
  private static let candidate: [Float] = [-0.2, -0.1, 0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
  /// Exponents of users and items, from no scaling to that of the symmetric graph Laplacian.
  private static let spectral: [(Float, Float)] = [(0, 0), (0.15, 0.2), (0.3, 0.4), (0.5, 0.5)]
  private static let firstSpectral = 2
  private static let shares: [Float] = [0.12, 0.25, 0.5, 1, 2, 8]
  private static let shareSteps: [Float] = [0.6, 0.8, 1.25, 1.6]
  private static let firstDamping: Float = 6
  private static let dampings: ClosedRange<Float> = 0.2...500
  /// Fewer users than this judge nothing; the defaults are used.
  private static let fewestUsers = 20
  /// A spectral part that gains less than this share is not refined.
  private static let leastGain = 0.002

  private let folds: ValidationFolds
  private let limit: Int
  /// Called with what is tried and its figure.
  private let report: (FilterSettings, Double) -> Void
  private var best: (settings: FilterSettings, figure: Double)

  init(
    _ matrix: SparseMatrix,
    _ options: TrainingOptions,
    report: @escaping (FilterSettings, Double) -> Void
  ) {
    folds = ValidationFolds(matrix, options)
    limit = options.rankLimit(items: matrix.width)
    self.report = report
    best = (FilterSettings(), -1)
  }

  /// The settings that did best.
  ///
  /// - Throws: ``FilterError`` if a factorisation fails.
  mutating func run() throws(FilterError) -> FilterSettings {
    guard folds.users >= Self.fewestUsers else { return FilterSettings().limited(to: limit) }
    var linear = FilterSettings()
    linear.rank = 0
    linear.spectralShare = 0
    consider([linear], factors: nil)
    for steps in [Int.max, 2] {
      for variants in [users(steps), candidates(steps), histories(steps)] {
        consider(variants(best.settings), factors: nil)
      }
    }
    guard limit > 0, let factors = try searchSpectra() else { return best.settings }
    for _ in 0..<2 { refine(factors) }
    return best.settings
  }

  /// Goes through the spectral exponents from the middle to the side that does better, and returns
  /// the factors of the best; nil if the linear filter alone is as good.
  private mutating func searchSpectra() throws(FilterError) -> [SpectralFactors]? {
    let linear = best.figure
    let middle = try searchSpectrum(Self.firstSpectral)
    guard best.figure > linear * (1 + Self.leastGain) else {
      return best.settings.rank > 0 ? middle : nil
    }
    var factors = middle
    for step in [-1, 1] {
      var place = Self.firstSpectral + step
      while Self.spectral.indices.contains(place) {
        let before = best.figure
        let found = try searchSpectrum(place)
        guard best.figure > before else { break }
        factors = found
        place += step
      }
      if place != Self.firstSpectral + step { break }
    }
    return factors
  }

  /// Tries ideal low-pass filters of doubling rank, then damped ones of all vectors.
  private mutating func searchSpectrum(_ place: Int) throws(FilterError) -> [SpectralFactors] {
    let (user, item) = Self.spectral[place]
    let factors = try folds.factors(userExponent: user, itemExponent: item, rank: limit)
    var tried = best.settings
    tried.spectralUserExponent = user
    tried.spectralItemExponent = item
    tried.damping = 0
    let most = factors.map(\.vectors.width).min() ?? 0
    tried.rank = max(min(16, most), limit / 32)
    while true {
      tried.rank = min(tried.rank, most)
      consider(shared(tried), factors: factors)
      if tried.rank == most { break }
      tried.rank *= 2
    }
    searchDamping(tried, factors)
    return factors
  }

  /// Tries dampings, larger and smaller by threes for as long as that helps.
  private mutating func searchDamping(_ start: FilterSettings, _ factors: [SpectralFactors]) {
    func damped(_ damping: Float) -> [FilterSettings] {
      var tried = start
      tried.damping = damping
      return shared(tried)
    }
    var figure = consider(damped(Self.firstDamping), factors: factors)
    for step: Float in [3, 1 / 3] {
      var damping = Self.firstDamping * step
      var gained = false
      while Self.dampings.contains(damping) {
        let next = consider(damped(damping), factors: factors)
        if next <= figure { break }
        (figure, gained) = (next, true)
        damping *= step
      }
      if gained { break }
    }
  }

  private func shared(_ settings: FilterSettings) -> [FilterSettings] {
    Self.shares.map {
      var tried = settings
      tried.spectralShare = $0
      return tried
    }
  }

  /// Tries other exponents of the linear filter beside the spectral one, then other shares, then other
  /// dampings.
  private mutating func refine(_ factors: [SpectralFactors]) {
    let start = best.settings
    consider(users(1)(start) + histories(1)(start) + candidates(2)(start), factors: factors)
    let shares: [FilterSettings] = Self.shareSteps.map {
      var tried = best.settings
      tried.spectralShare *= $0
      return tried
    }
    consider(shares, factors: factors)
    guard start.damping > 0 else { return }
    for factor: Float in [0.58, 1.73] {
      var tried = best.settings
      tried.damping = start.damping * factor
      consider([tried], factors: factors)
    }
  }

  private typealias Variants = (FilterSettings) -> [FilterSettings]

  private func users(_ steps: Int) -> Variants { variants(\.userExponent, Self.user, steps) }
  private func candidates(_ steps: Int) -> Variants {
    variants(\.candidateExponent, Self.candidate, steps)
  }
  private func histories(_ steps: Int) -> Variants {
    variants(\.historyExponent, Self.history, steps)
  }

  /// The settings with other values of one exponent, up to `steps` away from the present one.
  private func variants(
    _ path: WritableKeyPath<FilterSettings, Float>,
    _ values: [Float],
    _ steps: Int
  ) -> Variants {
    { settings in
      let start = settings[keyPath: path]
      let place = values.indices.min { abs(values[$0] - start) < abs(values[$1] - start) } ?? 0
      return values.indices.filter { values[$0] != start && abs($0 - place) <= steps }.map {
        var tried = settings
        tried[keyPath: path] = values[$0]
        return tried
      }
    }
  }

  /// Tries settings that differ in linear exponents and share alone, and returns the best figure.
  @discardableResult
  private mutating func consider(
    _ trials: [FilterSettings],
    factors: [SpectralFactors]?
  ) -> Double {
    var most = -Double.infinity
    for (settings, figure) in zip(trials, folds.judge(trials, factors: factors)) {
      report(settings, figure)
      if figure > best.figure { best = (settings, figure) }
      most = max(most, figure)
    }
    return most
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

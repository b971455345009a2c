// SPDX-License-Identifier: Apache-2.0

/// Chooses the settings by coordinate search on validation splits: the linear filter first, then the
/// spectral exponents with rank, damping and shares, then the linear filter beside that.
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
  private static let shareSteps: [Float] = [0.65, 1, 1.5]
  private static let firstDamping: Float = 6
  private static let dampings: ClosedRange<Float> = 0.2...500
  /// Fewer users than this judge nothing; the defaults are used.
  private static let fewestUsers = 20
  /// A spectral part that gains less than this share is not refined.
  private static let leastGain = 0.002
  /// A refinement that gains more than this share is followed by another.
  private static let gainForMore = 0.01

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
    consider([FilterSettings().limited(to: 0)], factors: nil)
    for steps in [Int.max, 2] {
      for variants in [users(steps), candidates(steps), histories(steps)] {
        consider(variants(best.settings), factors: nil)
      }
    }
    guard limit > 0, let factors = try searchSpectra() else { return best.settings }
    let before = best.figure
    refine(factors)
    if best.figure > before * (1 + Self.gainForMore) { refine(factors) }
    return best.settings
  }

  /// Goes through the spectral exponents from the middle to the side that does better, and returns
  /// the factors of the best; nil if the linear filter alone is as good.
  private mutating func searchSpectra() throws(FilterError) -> [SpectralFactors]? {
    let linear = best.figure
    let middle = try searchSpectrum(Self.firstSpectral)
    guard best.figure > linear * (1 + Self.leastGain) else {
      return best.settings.isLinear ? nil : middle
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

  /// Tries ideal low-pass filters, then ridge regressions with and without the best of them: at the
  /// first exponents of all ranks and dampings, at others those near the best so far.
  private mutating func searchSpectrum(_ place: Int) throws(FilterError) -> [SpectralFactors] {
    let (user, item) = Self.spectral[place]
    let factors = try folds.factors(userExponent: user, itemExponent: item, rank: limit)
    let (known, isFirst) = (best.settings, place == Self.firstSpectral)
    var low = (settings: known.limited(to: 0), figure: 0.0)
    low.settings.spectralUserExponent = user
    low.settings.spectralItemExponent = item
    var tried = low.settings
    let most = factors.map(\.vectors.width).min() ?? 0
    for rank in isFirst ? ranks(upTo: most) : [known.rank / 2, known.rank, 2 * known.rank]
    where 1...max(1, most) ~= rank {
      tried.rank = rank
      let found = consider(Self.shares.map { tried.with(\.spectralShare, $0) }, factors: factors)
      if found.figure > low.figure { low = found }
    }
    if isFirst {
      searchDamping(low.settings, factors)
    } else if known.ridgeShare > 0 {
      consider(damped(low.settings, known.damping), factors: factors)
    }
    return factors
  }

  /// The ranks tried: doubling ones, and all.
  private func ranks(upTo most: Int) -> [Int] {
    var ranks = [max(16, limit / 32)]
    while ranks[ranks.count - 1] < most { ranks.append(2 * ranks[ranks.count - 1]) }
    return ranks.map { min($0, most) }
  }

  /// Ridge regressions beside a low-pass filter and without it.
  private func damped(_ low: FilterSettings, _ damping: Float) -> [FilterSettings] {
    let start = low.with(\.damping, damping)
    return [start, start.with(\.spectralShare, 0)].flatMap { one in
      Self.shares.map { one.with(\.ridgeShare, $0) }
    }
  }

  /// Tries dampings, larger and smaller by threes for as long as that helps.
  private mutating func searchDamping(_ low: FilterSettings, _ factors: [SpectralFactors]) {
    var figure = consider(damped(low, Self.firstDamping), factors: factors).figure
    for step: Float in [3, 1 / 3] {
      var damping = Self.firstDamping * step
      var gained = false
      while Self.dampings.contains(damping) {
        let next = consider(damped(low, damping), factors: factors).figure
        if next <= figure { break }
        (figure, gained) = (next, true)
        damping *= step
      }
      if gained { break }
    }
  }

  /// Tries other exponents of the linear filter beside the spectral ones, then other shares, then other
  /// dampings.
  private mutating func refine(_ factors: [SpectralFactors]) {
    let start = best.settings
    consider(users(1)(start) + histories(1)(start) + candidates(2)(start), factors: factors)
    let exponents = best.settings
    let shares = Self.shareSteps.flatMap { low in
      Self.shareSteps.map { ridge in
        exponents.with(\.spectralShare, low * exponents.spectralShare)
          .with(\.ridgeShare, ridge * exponents.ridgeShare)
      }
    }
    consider(shares, factors: factors)
    guard best.settings.ridgeShare > 0 else { return }
    let damping = best.settings.damping
    for factor: Float in [0.58, 1.73] {
      consider([best.settings.with(\.damping, damping * factor)], factors: factors)
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
      return values.indices.filter { values[$0] != start && abs($0 - place) <= steps }
        .map { settings.with(path, values[$0]) }
    }
  }

  /// Tries settings that differ in linear exponents and shares alone, and returns the best of them.
  @discardableResult
  private mutating func consider(
    _ trials: [FilterSettings],
    factors: [SpectralFactors]?
  ) -> (settings: FilterSettings, figure: Double) {
    var most = (settings: best.settings, figure: -Double.infinity)
    for (settings, figure) in zip(trials, folds.judge(trials, factors: factors)) {
      report(settings, figure)
      if figure > best.figure { best = (settings, figure) }
      if figure > most.figure { most = (settings, figure) }
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
    if rank == 0 { limited.ridgeShare = 0 }
    return limited
  }

  /// The same with another value.
  func with(_ path: WritableKeyPath<FilterSettings, Float>, _ value: Float) -> FilterSettings {
    var changed = self
    changed[keyPath: path] = value
    return changed
  }

  /// The same with both spectral parts at a share.
  func withSpectralShares(_ share: Float) -> FilterSettings {
    with(\.spectralShare, share).with(\.ridgeShare, share)
  }

  /// Whether there is no spectral part.
  var isLinear: Bool { (rank == 0 || spectralShare == 0) && ridgeShare == 0 }
}

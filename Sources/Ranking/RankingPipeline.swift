// SPDX-License-Identifier: Apache-2.0

internal import Dispatch

/// The order that a profile gave a query's candidates.
public struct RankingOutcome: Sendable {
  /// Candidates' numbers, best first, without those dropped.
  public var order: [Int]
  /// The last score of each candidate, by its number.
  public var scores: [Double]
  /// What each stage did.
  public var report: RankingReport
  /// By candidate number, what each stage did to it; empty unless asked for.
  public var explanations: [[StageExplanation]]
}

/// Runs a profile's stages one after another, each within its share of the time.
///
/// A stage orders the candidates that it scored by their new scores, earlier places first among
/// equals. They stay ahead of those that it did not score, which keep their order, and whose scores
/// are lowered alike where they would be higher. Pins of all stages take effect at the end.
public struct RankingPipeline: Sendable {
  /// The profile.
  public let profile: RankingProfile
  private let runners: [any StageRunner]

  /// The time that each stage has to explain its scores, in nanoseconds, where that is asked for.
  public static let attributionTime: UInt64 = 50_000_000

  /// Creates a pipeline; `runners` holds one runner per stage of the profile.
  public init(profile: RankingProfile, runners: [any StageRunner]) {
    self.profile = profile
    self.runners = runners
  }

  /// Reranks candidates.
  ///
  /// - Parameters:
  ///   - candidates: In the order of the first stage.
  ///   - context: The query.
  ///   - budgetMicroseconds: The most time for all stages; nil for the profile's.
  ///   - features: Asked once for each column that some stage needs.
  ///   - explain: Whether to record what each stage did to each candidate.
  ///   - attributed: Of how many of a stage's best candidates to record what each feature adds to the
  ///     score; the stage has ``attributionTime`` more for it.
  /// - Returns: The order; the one that came in where no stage succeeded.
  public func run(
    _ candidates: RankingCandidates,
    context: RankingContext,
    budgetMicroseconds: Int? = nil,
    features: some FeatureSource,
    explain: Bool = false,
    attributed: Int = 0
  ) -> RankingOutcome {
    let started = DispatchTime.now().uptimeNanoseconds
    let budget = max(0, min(budgetMicroseconds ?? .max, profile.budgetMicroseconds))
    var deadline = started + UInt64(budget) * 1000
    let limits = AttributionLimits(candidates: attributed, nanoseconds: Self.attributionTime)
    var state = RankingState(candidates: candidates, explain: explain)
    let fetched = FetchedFeatures(runners, profile, candidates, features)
    let featuresEnd = DispatchTime.now().uptimeNanoseconds
    var reports: [StageReport] = []
    var now = featuresEnd
    for (index, stage) in profile.stages.enumerated() where index < runners.count {
      let runner = runners[index]
      let allowed = share(of: index, left: deadline > now ? deadline - now : 0)
      let window = min(stage.window, state.order.count)
      var output = StageOutput(status: .skipped, message: "No time was left.")
      if window == 0 {
        output = StageOutput(status: .ok)
      } else if allowed > 0 {
        var input = StageInput(
          context: context,
          candidates: candidates,
          order: state.order.prefix(window),
          scores: state.scores,
          identifiers: runner.needs.identifiers ? fetched.identifiers : nil,
          columns: runner.needs.columns.map { fetched.columns[$0] ?? nil },
          deadline: now + allowed
        )
        if attributed > 0 { input.attributions = limits }
        output = runner.run(input)
        // Explaining takes no time from later stages.
        deadline += output.attributionNanoseconds
        state.apply(output, of: stage, window: window) { runner.reason($0) }
      }
      let end = DispatchTime.now().uptimeNanoseconds
      reports.append(
        StageReport(
          plugin: stage.plugin,
          version: runner.version,
          generation: runner.generation,
          status: output.status,
          scored: output.scores.count,
          window: window,
          tookMicroseconds: Int((end - now) / 1000),
          budgetMicroseconds: Int(allowed / 1000),
          message: output.message
        )
      )
      now = end
    }
    state.applyPins()
    return RankingOutcome(
      order: state.order,
      scores: state.scores,
      report: RankingReport(
        profile: profile.name,
        tookMicroseconds: Int((DispatchTime.now().uptimeNanoseconds - started) / 1000),
        featuresMicroseconds: Int((featuresEnd - started) / 1000),
        stages: reports
      ),
      explanations: state.explanations
    )
  }

  /// The nanoseconds that a stage may take: its budget, or where all budgets from here on exceed
  /// the time left its part of them, so that no stage eats a later one's time.
  private func share(of index: Int, left: UInt64) -> UInt64 {
    let own = UInt64(profile.stages[index].budgetMicroseconds) * 1000
    let later = profile.stages[(index + 1)...].reduce(0) { $0 + UInt64($1.budgetMicroseconds) }
    let wanted = own + later * 1000
    return wanted <= left ? own : UInt64(Double(left) * (Double(own) / Double(wanted)))
  }
}

/// The features that a profile's stages need, each fetched once.
private struct FetchedFeatures {
  var identifiers: TextColumn?
  var columns: [FeatureRequest: FeatureColumn] = [:]

  init(
    _ runners: [any StageRunner],
    _ profile: RankingProfile,
    _ candidates: RankingCandidates,
    _ source: some FeatureSource
  ) {
    // Stages see a candidate by its present place, so one beyond a window in recall order can
    // come into a later stage's window: features of the widest window serve all.
    let keys = candidates.keys
    guard !keys.isEmpty else { return }
    for runner in runners {
      if runner.needs.identifiers, identifiers == nil {
        let fetched = source.identifiers(of: keys)
        identifiers = fetched.count == keys.count ? fetched : nil
      }
      for request in runner.needs.columns where columns[request] == nil {
        guard let column = source.column(request, of: keys), column.kind == request.kind,
          column.fits(keys.count)
        else { continue }
        columns[request] = column
      }
    }
  }
}

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
    var state = RankingState(candidates: candidates, explain: explain)
    let asked = Asked(
      candidates: candidates,
      context: context,
      features: FetchedFeatures(runners, candidates, features),
      attributed: attributed
    )
    let featuresEnd = DispatchTime.now().uptimeNanoseconds
    var reports: [StageReport] = []
    var now = featuresEnd
    for (index, stage) in profile.stages.enumerated() where index < runners.count {
      let allowed = share(of: index, left: deadline > now ? deadline - now : 0)
      let window = min(stage.window, state.order.count)
      let output = run(index, asked, window: window, from: now, for: allowed, &state)
      // Explaining takes no time from later stages.
      deadline += output.attributionNanoseconds
      let end = DispatchTime.now().uptimeNanoseconds
      reports.append(
        StageReport(
          plugin: stage.plugin,
          version: runners[index].version,
          generation: runners[index].generation,
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

  /// What all stages of a query are given.
  private struct Asked {
    let candidates: RankingCandidates
    let context: RankingContext
    let features: FetchedFeatures
    let attributed: Int
  }

  /// Runs one stage on the first candidates, so many nanoseconds from a time on, and takes its scores.
  private func run(
    _ index: Int,
    _ asked: Asked,
    window: Int,
    from now: UInt64,
    for allowed: UInt64,
    _ state: inout RankingState
  ) -> StageOutput {
    guard window > 0 else { return StageOutput(status: .ok) }
    guard allowed > 0 else { return StageOutput(status: .skipped, message: "No time was left.") }
    let runner = runners[index]
    var input = StageInput(
      context: asked.context,
      candidates: asked.candidates,
      order: state.order.prefix(window),
      scores: state.scores,
      identifiers: runner.needs.identifiers ? asked.features.identifiers : nil,
      columns: runner.needs.columns.map { asked.features.columns[$0] ?? nil },
      deadline: now + allowed
    )
    if asked.attributed > 0 {
      input.attributions = AttributionLimits(
        candidates: asked.attributed,
        nanoseconds: Self.attributionTime
      )
    }
    let output = runner.run(input)
    state.apply(output, of: profile.stages[index], window: window) { runner.reason($0) }
    return output
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

// SPDX-License-Identifier: Apache-2.0

public import Ranking

/// A profile whose plugins are running: keep it as long as queries may ask for the profile.
public final class PreparedProfile: Sendable {
  /// The profile.
  public let profile: RankingProfile
  private let handles: [StageHandle]
  private let host: RankingPluginHost?
  /// Why no stage can run; nil where they can.
  public let problem: String?

  init(profile: RankingProfile, handles: [StageHandle], host: RankingPluginHost) {
    self.profile = profile
    self.handles = handles
    self.host = host
    problem = nil
  }

  /// A profile that leaves every order as it is, and says in each stage's report why.
  public init(profile: RankingProfile, problem: String) {
    self.profile = profile
    handles = []
    host = nil
    self.problem = problem
  }

  private var runners: [any StageRunner] {
    if let host { return host.runners(handles) }
    let message = problem ?? ""
    return profile.stages.map { _ in DisabledStage(message: message) }
  }

  /// The same profile on the same workers with another budget, shared out among the stages in
  /// proportion to their present ones.
  public func scaled(budgetMicroseconds: Int) -> PreparedProfile {
    var scaled = profile
    scaled.budgetMicroseconds = max(1, budgetMicroseconds)
    let total = profile.stages.reduce(0) { $0 + $1.budgetMicroseconds }
    let factor = Double(scaled.budgetMicroseconds) / Double(max(1, total))
    for index in scaled.stages.indices {
      let budget = Double(scaled.stages[index].budgetMicroseconds) * factor
      scaled.stages[index].budgetMicroseconds = max(1, Int(budget))
    }
    guard let host else { return PreparedProfile(profile: scaled, problem: problem ?? "") }
    return PreparedProfile(profile: scaled, handles: handles, host: host)
  }

  /// Reranks a query's candidates as ``RankingPipeline`` does.
  ///
  /// Every stage runs in the generation that was current when the call began.
  public func run(
    _ candidates: RankingCandidates,
    context: RankingContext,
    budgetMicroseconds: Int? = nil,
    features: some FeatureSource,
    explain: Bool = false,
    attributed: Int = 0
  ) -> RankingOutcome {
    RankingPipeline(profile: profile, runners: runners).run(
      candidates,
      context: context,
      budgetMicroseconds: budgetMicroseconds,
      features: features,
      explain: explain,
      attributed: attributed
    )
  }
}

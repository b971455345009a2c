// SPDX-License-Identifier: Apache-2.0

import Foundation
internal import JSON
public import Ranking

/// The rules of the plugin interface, tried on one plugin: in a helper process first, then on threads.
public struct PluginCheck: Sendable {
  /// One rule's outcome.
  public struct Finding: Equatable, Sendable {
    /// The rule.
    public let rule: String
    /// Nil if the plugin keeps it, else what it did.
    public let problem: String?
  }

  private let host: RankingPluginHost
  private let stage: RankingStage
  private let budget: Int

  /// Loads the plugin.
  ///
  /// - Parameters:
  ///   - configuration: Where it lies and the helper command.
  ///   - stage: Its name and configuration.
  ///   - budgetMicroseconds: What it may cost with 1,000 candidates.
  /// - Throws: ``PluginError`` if it is refused.
  public init(
    _ configuration: HostConfiguration,
    stage: RankingStage,
    budgetMicroseconds: Int
  ) throws(PluginError) {
    var configuration = configuration
    // Each call shall reach the plugin, however often it failed before.
    configuration.breaker.failures = 65
    host = try RankingPluginHost(configuration)
    self.stage = stage
    budget = budgetMicroseconds
    try host.load(stage.plugin)
  }

  /// Tries every rule; `report` is told of each as it is done.
  ///
  /// - Throws: ``PluginError`` if the plugin refuses the configuration.
  public func run(report: (Finding) -> Void) throws(PluginError) {
    let process = try prepare(.process)
    var isSafe = true
    func tell(_ rule: String, _ problem: String?) {
      report(Finding(rule: rule, problem: problem))
    }
    for (rule, check) in [
      ("any number of candidates is scored", sizes), ("odd features give finite scores", garbage),
      ("equal queries give equal scores", repeats), ("it returns by its deadline", deadline),
    ] {
      let problem = check(process)
      isSafe = isSafe && problem?.contains("process ended") != true
      tell(rule, problem)
    }
    guard isSafe else {
      tell("it runs on threads", "not tried: it ended its process")
      return
    }
    let threads = try prepare(.thread)
    tell("eight threads at once get the same scores", concurrency(threads))
    tell("memory does not grow with queries", growth(threads))
  }

  private func prepare(_ isolation: StageIsolation) throws(PluginError) -> PreparedProfile {
    var stage = stage
    stage.isolation = isolation
    stage.window = 10_000
    stage.budgetMicroseconds = 1_000_000
    var profile = RankingProfile(name: "check", stages: [stage])
    profile.budgetMicroseconds = 1_000_000
    return try host.prepare(profile)
  }

  private func rank(
    _ profile: PreparedProfile,
    _ count: Int,
    _ features: MadeUpFeatures,
    budget: Int? = nil
  ) -> RankingOutcome {
    profile.run(
      RankingCandidates(
        keys: (0..<UInt64(count)).map { $0 },
        scores: (0..<count).map { 20 - Double($0) / 1000 }
      ),
      context: features.context(features.isGarbage ? "\u{0} \u{FFFD}" : "red lamp"),
      budgetMicroseconds: budget,
      features: features
    )
  }

  private func sizes(_ profile: PreparedProfile) -> String? {
    for count in [1, 2, 63, 64, 65, 1000, 10_000] {
      let outcome = rank(profile, count, MadeUpFeatures(isGarbage: false, seed: 1))
      if let problem = problem(outcome) { return "with \(count) candidates: \(problem)" }
    }
    return nil
  }

  private func garbage(_ profile: PreparedProfile) -> String? {
    for seed in UInt64(1)...50 {
      let outcome = rank(profile, 200, MadeUpFeatures(isGarbage: true, seed: seed))
      if let problem = problem(outcome) { return "with seed \(seed): \(problem)" }
    }
    return nil
  }

  private func repeats(_ profile: PreparedProfile) -> String? {
    let features = MadeUpFeatures(isGarbage: false, seed: 7)
    let first = rank(profile, 500, features)
    for _ in 0..<20 where rank(profile, 500, features).scores != first.scores {
      return "the same query got other scores"
    }
    return nil
  }

  private func deadline(_ profile: PreparedProfile) -> String? {
    let before = lateCalls
    let calls = 100
    for seed in 0..<UInt64(calls) {
      let features = MadeUpFeatures(isGarbage: false, seed: seed)
      _ = rank(profile, 1000, features, budget: budget + 1000)
    }
    let late = lateCalls - before
    return late > calls / 20
      ? "\(late) of \(calls) calls with \(budget) µs for 1,000 candidates did not return in time"
      : nil
  }

  private func concurrency(_ profile: PreparedProfile) -> String? {
    let features = (0..<8).map { MadeUpFeatures(isGarbage: false, seed: UInt64($0)) }
    let expected = features.map { rank(profile, 300, $0).scores }
    let wrong = Locked<String?>(nil)
    DispatchQueue.concurrentPerform(iterations: 8) { thread in
      for turn in 0..<200 {
        let query = (thread + turn) % features.count
        let outcome = rank(profile, 300, features[query])
        let problem =
          problem(outcome)
          ?? (outcome.scores == expected[query] ? nil : "a query got other scores than alone")
        if let problem { wrong.withLock { $0 = problem } }
      }
    }
    return wrong.withLock { $0 }
  }

  private func growth(_ profile: PreparedProfile) -> String? {
    let features = MadeUpFeatures(isGarbage: false, seed: 3)
    let (settling, calls, limit) = (2000, 5000, 256)
    for _ in 0..<settling { _ = rank(profile, 100, features) }
    let (allocated, resident) = (allocatedBytes, residentBytes)
    for _ in 0..<calls { _ = rank(profile, 100, features) }
    let grown = max(allocatedBytes - allocated, residentBytes - resident) / calls
    return grown > limit ? "each query leaves \(grown) bytes behind" : nil
  }

  private func problem(_ outcome: RankingOutcome) -> String? {
    guard let stage = outcome.report.stages.first, stage.status != .ok else { return nil }
    return "\(stage.status.rawValue), \(stage.message ?? "no reason given")"
  }

  private var lateCalls: Int { sum("late_calls") }

  private var allocatedBytes: Int { sum("allocated_bytes") }

  private func sum(_ counter: String) -> Int {
    let stages = host.statuses.flatMap { $0.json["stages"]?.array ?? [] }
    return stages.reduce(0) { $0 + Int($1[counter]?.int ?? 0) }
  }

  private var residentBytes: Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
    return (line.flatMap { Int($0.filter(\.isNumber)) } ?? 0) * 1024
  }
}

// SPDX-License-Identifier: Apache-2.0

public import JSON

/// What one stage did for one query.
public struct StageReport: Equatable, Sendable {
  /// The plugin's name.
  public var plugin: String
  /// The plugin's version, empty if none was loaded.
  public var version: String
  /// Which load of the plugin answered.
  public var generation: Int
  /// How it ended.
  public var status: StageStatus
  /// Candidates that it scored.
  public var scored: Int
  /// Candidates that it was to score.
  public var window: Int
  /// Microseconds that the stage took.
  public var tookMicroseconds: Int
  /// Microseconds that it was allowed.
  public var budgetMicroseconds: Int
  /// Why it is not ok.
  public var message: String?

  /// The report as JSON.
  public var json: JSON {
    var members: [JSON.Member] = [
      JSON.Member("plugin", .string(plugin)), JSON.Member("version", .string(version)),
      JSON.Member("generation", .int(Int64(generation))),
      JSON.Member("status", .string(status.rawValue)),
      JSON.Member("scored", .int(Int64(scored))), JSON.Member("window", .int(Int64(window))),
      JSON.Member("took_us", .int(Int64(tookMicroseconds))),
      JSON.Member("budget_us", .int(Int64(budgetMicroseconds))),
    ]
    if let message { members.append(JSON.Member("message", .string(message))) }
    return .object(members)
  }
}

/// What a profile did for one query.
public struct RankingReport: Equatable, Sendable {
  /// The profile's name.
  public var profile: String
  /// Microseconds that all stages took, features included.
  public var tookMicroseconds: Int
  /// Microseconds of that for fetching features.
  public var featuresMicroseconds: Int
  /// The stages in order.
  public var stages: [StageReport]

  /// Whether some stage did less than it should have.
  public var isDegraded: Bool { stages.contains { $0.status != .ok } }

  /// The report as JSON.
  public var json: JSON {
    [
      "profile": .string(profile), "took_us": .int(Int64(tookMicroseconds)),
      "features_us": .int(Int64(featuresMicroseconds)), "degraded": .bool(isDegraded),
      "stages": .array(stages.map(\.json)),
    ]
  }
}

/// What one stage did to one candidate.
public struct StageExplanation: Equatable, Sendable {
  /// The plugin's name.
  public var plugin: String
  /// The candidate's score after the stage.
  public var score: Double
  /// Its place after the stage, from 1.
  public var rank: Int
  /// The plugin's reason.
  public var reason: String?
  /// The place that the stage asked for, from 1, or nil.
  public var pin: Int?
  /// How the plugin's score comes about, where the plugin tells.
  public var attribution: ScoreAttribution?
}

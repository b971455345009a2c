// SPDX-License-Identifier: Apache-2.0

public import JSON

/// Where a stage's plugin runs.
public enum StageIsolation: String, Sendable {
  /// A worker thread of the server: fastest; a crash of the plugin is a crash of the server.
  case thread
  /// A helper process without network or write access, killed when it overruns.
  case process
}

/// What happens to candidates that a stage could not score.
public enum StageFallback: String, Sendable {
  /// They keep their order, behind those that the stage scored.
  case keep
  /// A stage that did not score its whole window changes nothing.
  case discard
}

/// One step of a ranking profile: a plugin, what it may cost and how far it may go.
public struct RankingStage: Equatable, Sendable {
  /// The plugin's name: its file's name without ".so".
  public var plugin: String
  /// The plugin's own configuration, a JSON object.
  public var config: JSON = .object([])
  /// The most microseconds that the stage may add to a query, 1...1,000,000.
  public var budgetMicroseconds: Int = 5_000
  /// The number of candidates from the best on that it sees, 1...10,000.
  public var window: Int = 1_000
  /// How far scores move toward the plugin's, above 0 and at most 1; 1 replaces them.
  public var weight: Double = 1
  /// What happens to candidates that it could not score.
  public var fallback: StageFallback = .keep
  /// Where the plugin runs.
  public var isolation: StageIsolation = .process

  /// Creates a stage with the default limits.
  public init(plugin: String) { self.plugin = plugin }
}

/// The ordered stages that rerank a query's candidates.
public struct RankingProfile: Equatable, Sendable {
  /// The most stages that a profile has.
  public static let stageLimit = 16

  /// The name that requests give.
  public var name: String
  /// The stages in order.
  public var stages: [RankingStage]
  /// The most microseconds for all stages together, 1...10,000,000.
  public var budgetMicroseconds: Int = 20_000

  /// Creates a profile with the default budget.
  public init(name: String, stages: [RankingStage]) {
    self.name = name
    self.stages = stages
  }

  /// The greatest number of candidates that a stage sees: how many are worth recalling.
  public var window: Int { stages.map(\.window).max() ?? 0 }
}

/// Why a profile cannot be used.
public struct RankingError: Error, Equatable, CustomStringConvertible {
  /// What is wrong and what to do.
  public let message: String

  /// Creates an error.
  public init(_ message: String) { self.message = message }

  /// The message.
  public var description: String { message }
}

// SPDX-License-Identifier: Apache-2.0

/// What a stage needs to be given besides scores.
public struct StageNeeds: Equatable, Sendable {
  /// The columns, in the plugin's order.
  public var columns: [FeatureRequest] = []
  /// Whether it needs identifiers.
  public var identifiers = false
  /// Whether it needs the shopper's lists.
  public var shopper = false

  /// Creates empty needs.
  public init() {}
}

/// One stage's input: candidates by number in the recall order, and their present order.
public struct StageInput {
  /// What is known of the query.
  public let context: RankingContext
  /// The candidates in recall order.
  public let candidates: RankingCandidates
  /// The window: candidates' numbers in their present order, best first.
  public let order: ArraySlice<Int>
  /// Present scores by candidate.
  public let scores: [Double]
  /// Identifiers by candidate where they are needed.
  public let identifiers: TextColumn?
  /// Columns by candidate, as in the stage's needs; nil where the collection lacks one.
  public let columns: [FeatureColumn?]
  /// When the stage must be over, nanoseconds of the monotonic clock.
  public let deadline: UInt64
  /// How many of the best scores are to be explained, and the time for it after the deadline.
  public var attributions = AttributionLimits()

  /// Creates an input.
  public init(
    context: RankingContext,
    candidates: RankingCandidates,
    order: ArraySlice<Int>,
    scores: [Double],
    identifiers: TextColumn?,
    columns: [FeatureColumn?],
    deadline: UInt64
  ) {
    self.context = context
    self.candidates = candidates
    self.order = order
    self.scores = scores
    self.identifiers = identifiers
    self.columns = columns
    self.deadline = deadline
  }
}

/// What a stage says of the first candidates of its window.
public struct StageOutput: Equatable, Sendable {
  /// How the run ended.
  public var status: StageStatus
  /// New scores of the window's first candidates, all finite.
  public var scores: [Double] = []
  /// Which of them leave the answer.
  public var drops: [Bool] = []
  /// The place of the answer that each asks for, 1 being the first, or 0.
  public var pins: [UInt32] = []
  /// Their reason codes, 0 for none.
  public var reasons: [UInt32] = []
  /// How the scores of some candidates come about, by place in the window.
  public var attributions: [Int: ScoreAttribution] = [:]
  /// The time that this took after the scores were there, in nanoseconds.
  public var attributionNanoseconds: UInt64 = 0
  /// Why the run failed, or what kept it from the whole window.
  public var message: String?

  /// Creates an output without scores.
  public init(status: StageStatus, message: String? = nil) {
    self.status = status
    self.message = message
  }
}

/// How a stage's run ended.
public enum StageStatus: String, Sendable {
  /// The whole window was scored.
  case ok
  /// The head of the window was scored before the budget ended.
  case partial
  /// Nothing was scored in time.
  case timeout
  /// The plugin failed, crashed or broke a rule; the order is as before.
  case error
  /// The plugin has failed too often and rests.
  case breakerOpen = "breaker_open"
  /// The plugin is disabled, busy or not loaded, or no time was left.
  case skipped
}

/// Runs one stage's plugin; safe to share between threads.
public protocol StageRunner: Sendable {
  /// What the stage needs to be given.
  var needs: StageNeeds { get }
  /// The plugin's version, or empty if none is loaded.
  var version: String { get }
  /// Which load of the plugin this is, from 1; 0 if none is loaded.
  var generation: Int { get }
  /// The text of a reason code, or nil.
  func reason(_ code: UInt32) -> String?
  /// Scores the window, or its head; returns by the deadline.
  func run(_ input: StageInput) -> StageOutput
}

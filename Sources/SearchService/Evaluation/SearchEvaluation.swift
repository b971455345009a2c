// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Ranking
import SearchIndex

/// How well one search answered a judged query.
public struct QueryFigures: Equatable, Sendable {
  /// Normalised discounted cumulative gain within 10; unjudged hits count 0.
  public var ndcg: Double
  /// The same with the unjudged hits taken out.
  public var judgedNDCG: Double
  /// One over the rank of the first relevant hit within 10, or 0.
  public var reciprocalRank: Double
  /// The share of relevant products within 100.
  public var recall: Double
  /// Milliseconds of the whole search.
  public var milliseconds: Double
  /// Milliseconds of ranking, features included; 0 where no profile ran.
  public var rankingMilliseconds: Double
  /// Whether some stage scored less than its window, or nothing.
  public var isPartial: Bool
  /// Whether some stage scored nothing of a window that had candidates.
  public var isUnranked: Bool
}

/// One way to answer the judged queries, and how it went.
public struct EvaluationRun: Sendable {
  /// What the way is called.
  public let name: String
  /// The profile of each fold; one for all where it has one element.
  public let profiles: [String]
  /// By query, in the order of the judgments.
  public fileprivate(set) var figures: [QueryFigures] = []

  /// Creates a run that has answered nothing.
  public init(name: String, profiles: [String]) {
    self.name = name
    self.profiles = profiles
  }

  /// The mean of a figure over the queries.
  public func mean(_ figure: (QueryFigures) -> Double) -> Double {
    figures.reduce(0) { $0 + figure($1) } / Double(max(1, figures.count))
  }

  /// The value below which a share of the queries' figures lies.
  public func percentile(_ share: Double, _ figure: (QueryFigures) -> Double) -> Double {
    Metrics.percentile(figures.map(figure).sorted(), share)
  }
}

/// Answers judged queries through the engine in several ways.
public struct SearchEvaluation {
  private let engine: Engine
  private let judgments: Judgments
  private let folds: QueryFolds
  private var parameters: [String: String]

  /// Creates an evaluation.
  ///
  /// - Parameters:
  ///   - engine: Answers the queries as it answers shoppers, but counts none of them.
  ///   - judgments: The queries and their grades.
  ///   - folds: Chooses a query's profile where a run has several.
  ///   - parameters: The collection, and what else all searches have, by name.
  public init(
    _ engine: Engine,
    judgments: Judgments,
    folds: QueryFolds,
    parameters: [String: String]
  ) {
    self.engine = engine
    self.judgments = judgments
    self.folds = folds
    self.parameters = parameters.merging([
      "per_page": "100", "include_fields": "id", "highlight_fields": "none",
      "enable_analytics": "false",
      // A page and a recall of 100 want candidates even where few documents hold every word.
      "drop_tokens_threshold": "100",
    ]) { own, _ in own }
  }

  /// Answers every query in every way.
  ///
  /// The ways take turns query by query, another one first each time, so that what slows the machine
  /// slows all alike.
  ///
  /// - Throws: ``IndexError`` as a search does.
  public func answer(_ runs: inout [EvaluationRun]) throws {
    for (index, (query, grades)) in judgments.graded.enumerated() {
      let fold = folds.fold(of: query)
      for turn in runs.indices {
        let run = (index + turn) % runs.count
        let profiles = runs[run].profiles
        let profile = profiles[profiles.count == 1 ? 0 : fold]
        runs[run].figures.append(try figures(query, grades, profile))
      }
    }
  }

  private func figures(
    _ query: String,
    _ grades: [String: Int],
    _ profile: String
  ) throws -> QueryFigures {
    var parameters = parameters
    parameters["q"] = query
    parameters["rank_profile"] = profile
    let started = DispatchTime.now().uptimeNanoseconds
    let answer = try engine.search(parameters, .none)
    let ended = DispatchTime.now().uptimeNanoseconds
    let hits = answer.result.hits.map(\.id)
    let stages = answer.ranking?.stages ?? []
    return QueryFigures(
      ndcg: Metrics.ndcg(hits, grades, at: 10),
      judgedNDCG: Metrics.ndcg(hits.filter { grades[$0] != nil }, grades, at: 10),
      reciprocalRank: Metrics.reciprocalRank(hits, grades, at: 10),
      recall: Metrics.recall(hits, grades, at: 100),
      milliseconds: Double(ended - started) / 1e6,
      rankingMilliseconds: Double(answer.ranking?.tookMicroseconds ?? 0) / 1e3,
      isPartial: answer.ranking?.isDegraded ?? false,
      isUnranked: stages.contains { $0.scored == 0 && $0.window > 0 }
    )
  }
}

// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import RankingPluginHost
import SearchIndex
import SearchService

/// What `martlet evaluate search` does.
enum EvaluateSearch {
  static func run(_ words: [String]) throws {
    let arguments = try Arguments(
      words,
      options: [
        "data-dir", "collection", "query-by", "query-by-weights", "judgments", "profile",
        "budget-ms", "folds", "seed", "plugin-dir", "plugin-allow", "neural-dir", "per-query",
      ],
      switches: ["json"]
    )
    let judgments = try Judgments(path: try arguments.required("judgments"))
    let folds = QueryFolds(try arguments.integer("folds", default: 1))
    var parameters = [
      "collection": try arguments.required("collection"),
      "query_by": try arguments.required("query-by"),
    ]
    parameters["query_by_weights"] = arguments.values["query-by-weights"]
    let plugins = try PluginArguments(arguments)
    let engine = try Engine(
      try IndexStore(directory: try arguments.existingDataDirectory()),
      bootstrapKey: "",
      plugins: try plugins.host.map { try RankingPluginHost($0) },
      pluginDirectory: plugins.host?.directory ?? "",
      encoder: EncodeCommand.process(plugins.neural),
      profiles: plugins.profiles
    )
    engine.ranking.waitForBuiltIn()
    for problem in engine.ranking.problems {
      note(problem)
    }
    var runs = try runs(arguments, folds, engine.ranking)
    let evaluation = SearchEvaluation(
      engine,
      judgments: judgments,
      folds: folds,
      parameters: parameters
    )
    try evaluation.answer(&runs)
    let report = EvaluationReport(
      runs: runs,
      seed: UInt64(try arguments.integer("seed", default: 1))
    )
    if let path = arguments.values["per-query"] {
      try Data(report.perQuery(judgments, folds).utf8).write(to: URL(fileURLWithPath: path))
    }
    print(arguments.flags.contains("json") ? report.json : report.text)
  }

  /// Text relevance alone, then each profile with each budget.
  private static func runs(
    _ arguments: Arguments,
    _ folds: QueryFolds,
    _ ranking: RankingService
  ) throws -> [EvaluationRun] {
    let budgets = try arguments.list("budget-ms").map { text in
      guard let budget = Double(text), budget > 0, budget <= 10_000 else {
        throw CommandError.usage("--budget-ms takes milliseconds up to 10000, not '\(text)'.")
      }
      return (text, Int(budget * 1000))
    }
    var runs = [EvaluationRun(name: "lexical", profiles: ["none"])]
    for pattern in arguments.all("profile") {
      let isFolded = pattern.contains("{fold}")
      let names = try (0..<(isFolded ? folds.count : 1)).map { fold in
        try ready(pattern.replacingOccurrences(of: "{fold}", with: "\(fold)"), ranking)
      }
      if budgets.isEmpty { runs.append(EvaluationRun(name: pattern, profiles: names)) }
      for (text, microseconds) in budgets {
        let copies = try names.map { name in
          let copy = "\(name) in \(text) ms"
          try ranking.hold(name, budgetMicroseconds: microseconds, as: copy)
          return copy
        }
        runs.append(EvaluationRun(name: "\(pattern) \(text) ms", profiles: copies))
      }
    }
    return runs
  }

  /// The name of a profile that can run: a file's is made ready first.
  private static func ready(_ profile: String, _ ranking: RankingService) throws -> String {
    guard profile.hasSuffix(".json") else {
      if let problem = try ranking.profile(named: profile)["problem"]?.string {
        throw CommandError(message: "The profile '\(profile)' cannot run: \(problem)")
      }
      return profile
    }
    guard let data = FileManager.default.contents(atPath: profile) else {
      throw CommandError(message: "Could not read the profile '\(profile)': check the path.")
    }
    try ranking.hold(try JSON(parsing: Array(data)), named: profile)
    return profile
  }
}

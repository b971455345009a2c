// SPDX-License-Identifier: Apache-2.0

import CollaborativeFiltering
import Foundation
import JSON

/// What `martlet evaluate cf` does.
enum EvaluateFilter {
  static func run(_ words: [String]) throws {
    let arguments = try Arguments(
      words,
      options: TrainCommand.options.union(["test", "negatives", "k", "model", "items", "history"]),
      switches: ["json", "cold"]
    )
    let depth = max(1, try arguments.integer("k", default: 20))
    if arguments.flags.contains("cold") { return try runCold(arguments, depth: depth) }
    // Everything is read before the training, which takes long.
    let test = try arguments.values["test"].map { try TrainCommand.interactions(at: $0) }
    let negatives = try arguments.values["negatives"].map { try cases(at: $0) }
    guard test != nil || negatives != nil else {
      throw CommandError.usage("Give --test or --negatives, or both.")
    }
    let training = try TrainCommand.interactions(at: try arguments.required("train"))
    var figures: [(String, Double)] = []
    let (model, seconds) = try model(training, arguments)
    if let test {
      let result = HeldOutEvaluation(
        model,
        training: training,
        test: test,
        depth: depth,
        threads: max(1, try arguments.integer("threads", default: 2))
      )
      figures += [
        ("recall@\(depth)", result.recall), ("ndcg@\(depth)", result.ndcg),
        ("coverage@\(depth)", result.coverage), ("gini", result.gini),
      ]
    }
    if let negatives {
      let result = LeaveOneOutEvaluation(model, training: training, cases: negatives)
      figures += [("hr@10", result.hitRate), ("ndcg@10", result.ndcg)]
    }
    if let seconds { figures.append(("train_seconds", seconds)) }
    figures.append(("score_p50_us", ScoringClock.medianMicroseconds(model, training)))
    report(figures, json: arguments.flags.contains("json"))
  }

  /// New products and new shoppers: those held out are told apart by a number that chance gives them.
  private static func runCold(_ arguments: Arguments, depth: Int) throws {
    var kinds: [String: [String]] = [:]
    if let path = arguments.values["items"] {
      try TextInput.forEachLine(of: path) { line in
        let words = String(decoding: line, as: UTF8.self).split(separator: "\t").map(String.init)
        if let item = words.first { kinds[item] = Array(words.dropFirst()) }
      }
    }
    let all = try TrainCommand.interactions(at: try arguments.required("train"))
    let split = ColdSplit(all, seed: UInt64(try arguments.integer("seed", default: 1)))
    let (model, _) = try model(split.training, arguments)
    let result = ColdStartEvaluation(
      model,
      split: split,
      kinds: kinds,
      history: max(0, try arguments.integer("history", default: 1)),
      depth: depth
    )
    var figures: [(String, Double)] = []
    for (name, found) in [
      ("items", result.items), ("items_popular", result.itemsByPopularity),
      ("shoppers", result.shoppers), ("shoppers_popular", result.shoppersByPopularity),
    ] {
      figures += [("\(name)_hr@\(depth)", found.hitRate), ("\(name)_ndcg@\(depth)", found.ndcg)]
    }
    figures += [
      ("cold_items", Double(result.items.cases)), ("cold_shoppers", Double(result.shoppers.cases)),
    ]
    report(figures, json: arguments.flags.contains("json"))
  }

  /// The model named, or one trained now and removed once it is mapped, and the time of training.
  private static func model(
    _ training: Interactions,
    _ arguments: Arguments
  ) throws -> (FilterModel, seconds: Double?) {
    if let path = arguments.values["model"] { return (try FilterModel(path: path), nil) }
    let path = NSTemporaryDirectory() + "martlet-\(UUID().uuidString).cf"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let seconds = try TrainCommand.train(training, arguments, to: path)
    return (try FilterModel(path: path), seconds)
  }

  private static func cases(at path: String) throws -> [LeaveOneOutCase] {
    var cases: [LeaveOneOutCase] = []
    try TextInput.forEachLine(of: path) { line in
      let text = String(decoding: line, as: UTF8.self)
      guard !text.allSatisfy(\.isWhitespace) else { return }
      guard let one = LeaveOneOutCase(line: text) else {
        throw CommandError(
          message:
            "'\(path)' has a line that is not (user,item)<TAB>negative<TAB>...: \(text.prefix(60))"
        )
      }
      cases.append(one)
    }
    return cases
  }

  private static func report(_ figures: [(String, Double)], json: Bool) {
    if json {
      let members = figures.map { JSON.Member($0, .double(($1 * 1e5).rounded() / 1e5)) }
      print(String(decoding: JSON.object(members).serialized(), as: UTF8.self))
    } else {
      for (name, value) in figures {
        print(
          name.padding(toLength: 16, withPad: " ", startingAt: 0) + String(format: "%.5f", value)
        )
      }
    }
  }
}

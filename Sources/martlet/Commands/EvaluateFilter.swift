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
    let test = try arguments.values["test"].map { try heldOut(at: $0) }
    let negatives = try arguments.values["negatives"].map { try cases(at: $0) }
    guard test != nil || negatives != nil else {
      throw CommandError.usage("Give --test or --negatives, or both.")
    }
    guard test == nil || negatives == nil || depth != 10 else {
      throw CommandError.usage(
        "Both files would give an ndcg@10: give another --k, or evaluate them one after the other."
      )
    }
    let training = try TrainCommand.interactions(at: try arguments.required("train"))
    // Where only given negatives are ranked, that is what the settings are chosen by.
    let goal = test == nil ? negatives.map { ValidationGoal.negatives(size(of: $0)) } : nil
    let (model, seconds) = try model(training, arguments, goal: goal ?? .allItems)
    var figures: [(String, Double)] = []
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
      note(result.newUsers, "test users have no training items: popularity ranks for them")
      note(result.newItems, "test items were not trained on: they count as not found")
      note(result.repeats, "test items are training items of their user: they count as not found")
    }
    if let negatives {
      let result = LeaveOneOutEvaluation(model, training: training, cases: negatives)
      figures += [("hr@10", result.hitRate), ("ndcg@10", result.ndcg)]
      let most = negatives.reduce(0) { max($0, $1.negatives.count) }
      note(negatives.count { $0.negatives.count < most }, "cases have fewer than \(most) negatives")
      note(negatives.count { $0.negatives.isEmpty }, "of these have none, so that all are hits")
      note(result.newUsers, "cases are of users without training items: popularity ranks for them")
      note(result.newItems, "cases have an item that was not trained on: it ranks last")
    }
    if let seconds { figures.append(("train_seconds", seconds)) }
    figures.append(("score_p50_us", ScoringClock.medianMicroseconds(model, training)))
    report(figures, json: arguments.flags.contains("json"))
  }

  /// Says on standard error how many of something there are, if any.
  private static func note(_ count: Int, _ text: String) {
    guard count > 0 else { return }
    FileHandle.standardError.write(Data("note: \(count) \(text)\n".utf8))
  }

  /// The negatives of a case, on average, 1 at least.
  private static func size(of cases: [LeaveOneOutCase]) -> Int {
    max(1, cases.reduce(0) { $0 + $1.negatives.count } / max(1, cases.count))
  }

  private static func heldOut(at path: String) throws -> Interactions {
    let test = try TrainCommand.interactions(at: path)
    guard test.matrix.count > 0 else {
      throw CommandError(
        message:
          "'\(path)' has no test items: give lines of a user, then the user's held-out items."
      )
    }
    return test
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
    let (model, _) = try model(split.training, arguments, goal: .allItems)
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
    _ arguments: Arguments,
    goal: ValidationGoal
  ) throws -> (FilterModel, seconds: Double?) {
    if let path = arguments.values["model"] { return (try FilterModel(path: path), nil) }
    let path = NSTemporaryDirectory() + "martlet-\(UUID().uuidString).cf"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let seconds = try TrainCommand.train(training, arguments, goal: goal, to: path)
    return (try FilterModel(path: path), seconds)
  }

  private static func cases(at path: String) throws -> [LeaveOneOutCase] {
    var cases: [LeaveOneOutCase] = []
    var number = 0
    try TextInput.forEachLine(of: path) { line in
      number += 1
      let text = String(decoding: line, as: UTF8.self)
      guard !text.allSatisfy(\.isWhitespace) else { return }
      guard let one = LeaveOneOutCase(line: text) else {
        throw CommandError(
          message:
            "Line \(number) of '\(path)' is not of the form (user,item)<TAB>negative<TAB>..., "
            + "with a comma in between once: \(text.prefix(60))"
        )
      }
      cases.append(one)
    }
    guard !cases.isEmpty else {
      throw CommandError(
        message: "'\(path)' has no cases: give lines of (user,item)<TAB>negative<TAB>..."
      )
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

// SPDX-License-Identifier: Apache-2.0

import Behaviour
import Foundation
import JSON
import SearchService

/// What `martlet evaluate suggest` does.
enum EvaluateSuggest {
  static let help = """
    suggest: reads a log of queries, of which the last part by time, or the file --held-out, is typed
    anew: after 1, 2, 3, 5 and 8 characters the query that was sent is looked for among ten suggestions.
    Prints the mean reciprocal rank, that of the most popular completion as the baseline, and the number
    of queries of more characters. A log has events as 'martlet events import' reads them, of which the
    searches count, or lines of
      shopper or session<TAB>time<TAB>query
    with times in seconds or milliseconds since 1970, or as 2026-11-01T09:30:00Z. --least-shoppers says
    how many must have sent a query before others see it: 1 here, for the baseline asks for none; a shop
    asks for 5.
    """

  static func run(_ words: [String]) throws {
    let arguments = try Arguments(
      words,
      options: ["log", "held-out", "held-out-share", "least-shoppers"],
      switches: ["json"]
    )
    var training = try QueryLog.read(try arguments.required("log"))
    var heldOut = try arguments.values["held-out"].map { try QueryLog.read($0) } ?? []
    if arguments.values["held-out"] == nil {
      let share = try share(arguments.values["held-out-share"] ?? "0.2")
      let cut = training.count - Int(Double(training.count) * share)
      heldOut = Array(training[cut...])
      training.removeSubrange(cut...)
    }
    guard !training.isEmpty, !heldOut.isEmpty else {
      throw CommandError(message: "The log has too few queries to hold any out.")
    }
    let directory = NSTemporaryDirectory() + "martlet-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let evaluation = try SuggestionEvaluation(
      directory: directory,
      leastShoppers: try arguments.integer("least-shoppers", default: 1)
    )
    for query in training { try evaluation.learn(query) }
    for query in heldOut { try evaluation.judge(query) }
    report(evaluation.results, training.count, heldOut.count, arguments.flags.contains("json"))
  }

  private static func share(_ text: String) throws -> Double {
    guard let share = Double(text), share > 0, share < 1 else {
      throw CommandError.usage("--held-out-share is a number between 0 and 1, such as 0.2.")
    }
    return share
  }

  private static func report(
    _ figures: [SuggestionEvaluation.Figure],
    _ learnt: Int,
    _ heldOut: Int,
    _ isJSON: Bool
  ) {
    func rounded(_ value: Double) -> JSON { .double((value * 1e5).rounded() / 1e5) }
    if isJSON {
      let rows = figures.map { figure -> JSON in
        [
          "characters": .int(Int64(figure.length)), "queries": .int(Int64(figure.queries)),
          "mrr@10": rounded(figure.ours), "baseline_mrr@10": rounded(figure.baseline),
        ]
      }
      let whole: JSON = [
        "learnt": .int(Int64(learnt)), "held_out": .int(Int64(heldOut)), "lengths": .array(rows),
      ]
      print(String(decoding: whole.serialized(), as: UTF8.self))
      return
    }
    print("learnt \(learnt)  held out \(heldOut)")
    print("characters   queries   mrr@10   most popular completion")
    for figure in figures {
      print(
        String(
          format: "%10d %9d   %.4f   %.4f",
          figure.length,
          figure.queries,
          figure.ours,
          figure.baseline
        )
      )
    }
  }
}

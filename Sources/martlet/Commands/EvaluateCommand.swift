// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import SearchIndex
import SearchService

/// The verb `evaluate` of the command line.
enum EvaluateCommand: Command {
  static let name = "evaluate"
  static let summary = "measure the quality of search, suggestions or the collaborative filter"
  static let help = """
    Usage: martlet evaluate search --data-dir D --collection C --query-by LIST --judgments F.tsv
             [--query-by-weights W] [--json]
           martlet evaluate cf --train F [--test F] [--negatives F] [--k N] [--model M] [--json]
             [--neighbours N] [--rank N] [--threads N] [--seed N]
           martlet evaluate suggest --log F [--held-out F] [--held-out-share 0.2] [--least-shoppers N]
             [--json]

    search: F.tsv has the columns query, id and grade (0, 1, 2, ...). Over the queries with a positive grade,
    prints nDCG@10 with gain 2^grade - 1 (unjudged hits count 0; and with them taken out), the mean
    reciprocal rank within 10, the recall within 100, and the time of a search.

    cf: trains as 'martlet train cf' does, unless a model is named, from "user item item ..." lines,
    plain or compressed by gzip. Against --test, lines of the same form, all items that a user did not
    take are ranked: prints recall, NDCG and catalogue coverage within k (20), and the Gini coefficient
    of how often items were recommended. Against --negatives, lines of
    (user,item)<TAB>negative<TAB>negative...: prints hit rate and NDCG within 10. Then the seconds of
    training, and the median microseconds of scoring 1,000 candidates by 100 past items.

    \(EvaluateSuggest.help)

    Examples:
      martlet evaluate search --data-dir data --collection shop --query-by title,description \\
        --judgments judgments.tsv
      martlet evaluate cf --train train.txt.gz --test test.txt.gz --k 20 --json
      martlet evaluate suggest --log events.jsonl
    """

  static func run(_ words: [String]) throws {
    if words.first == "cf" { return try EvaluateFilter.run(Array(words.dropFirst())) }
    if words.first == "suggest" { return try EvaluateSuggest.run(Array(words.dropFirst())) }
    guard words.first == "search" else {
      throw CommandError.usage("Say what to evaluate: 'search', 'suggest' or 'cf'.")
    }
    let arguments = try Arguments(
      Array(words.dropFirst()),
      options: ["data-dir", "collection", "query-by", "query-by-weights", "judgments"],
      switches: ["json"]
    )
    let store = try IndexStore(directory: try arguments.required("data-dir"))
    let snapshot = try store.collection(named: try arguments.required("collection")).snapshot
    let judgments = try Judgments(path: try arguments.required("judgments"))
    var parameters = ["q": "*", "query_by": try arguments.required("query-by")]
    parameters["query_by_weights"] = arguments.values["query-by-weights"]
    var request = try SearchParameters(parameters).request
    request.limit = 100
    request.highlights = false
    request.includeFields = ["id"]
    // A page and a recall of 100 want candidates even where few documents hold every word.
    request.dropThreshold = 100
    var (ndcg, judged, reciprocal, recall) = (0.0, 0.0, 0.0, 0.0)
    var times: [Double] = []
    for (query, grades) in judgments.graded {
      request.query = query
      let started = DispatchTime.now().uptimeNanoseconds
      let hits = try snapshot.search(request).hits.map(\.id)
      times.append(Double(DispatchTime.now().uptimeNanoseconds - started) / 1e6)
      ndcg += Metrics.ndcg(hits, grades, at: 10)
      judged += Metrics.ndcg(hits.filter { grades[$0] != nil }, grades, at: 10)
      reciprocal += Metrics.reciprocalRank(hits, grades, at: 10)
      recall += Metrics.recall(hits, grades, at: 100)
    }
    let count = Double(max(1, times.count))
    times.sort()
    let figures: [(String, Double)] = [
      ("queries", Double(times.count)), ("ndcg@10", ndcg / count),
      ("judged_ndcg@10", judged / count), ("mrr@10", reciprocal / count),
      ("recall@100", recall / count), ("p50_ms", Metrics.percentile(times, 0.5)),
      ("p99_ms", Metrics.percentile(times, 0.99)),
    ]
    if arguments.flags.contains("json") {
      let members = figures.map { name, value in
        JSON.Member(
          name,
          name == "queries" ? .int(Int64(value)) : .double((value * 1e4).rounded() / 1e4)
        )
      }
      print(String(decoding: JSON.object(members).serialized(), as: UTF8.self))
    } else {
      for (name, value) in figures {
        let label = name.padding(toLength: 16, withPad: " ", startingAt: 0)
        print(label + (name == "queries" ? "\(Int(value))" : String(format: "%.4f", value)))
      }
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import SearchIndex
import SearchService

/// What `bench suggest` does.
enum SuggestBenchCommand {
  static let help = """
    'bench suggest' builds a completion index of lines 'text TAB count', every distinct text its own
    completion, and times the ten best for lines 'prefix TAB misspelled (0 or 1)', one by one on one
    thread, folding and results included: one warm-up, then the best of three. 'prefix': completions
    that start with what was typed; 'conjunctive': those with its words, for prefixes of two words or
    more ('conjunctive_by_words' has each number apart); 'typo': all steps, for misspelled prefixes.
    bytes is the index's size; 'update' times one changed count until a search has seen it. --typos
    says how many slips are allowed. --verify COUNT compares the first COUNT prefixes with reading all
    completions.
    """

  static func run(_ words: [String]) throws {
    let arguments = try Arguments(
      words,
      options: ["completions", "prefixes", "typos", "verify"],
      switches: ["json"]
    )
    let entries = try completions(try arguments.required("completions"))
    let prefixes = try lines(try arguments.required("prefixes")).map {
      (text: $0[0], isMisspelled: $0.count > 1 && $0[1] == "1")
    }
    let started = DispatchTime.now().uptimeNanoseconds
    let builder = try CompletionIndexBuilder(collapse: .equalKeys)
    for entry in entries { builder.add(entry) }
    let index = try CompletionIndex(copying: builder.build())
    let seconds = Double(DispatchTime.now().uptimeNanoseconds - started) / 1e9
    var bench = try CompletionBenchmark(index)
    bench.maximumTypos = try arguments.integer("typos", default: 1)

    let plain = prefixes.filter { !$0.isMisspelled }.map(\.text)
    let misspelled = prefixes.filter(\.isMisspelled).map(\.text)
    let byWords = Dictionary(grouping: plain) { $0.split(separator: " ").count }
    let several = plain.filter { $0.split(separator: " ").count > 1 }
    var report: [JSON.Member] = [
      JSON.Member("engine", "martlet"), JSON.Member("completions", .int(Int64(index.count))),
      JSON.Member("text_bytes", .int(Int64(entries.reduce(0) { $0 + $1.text.utf8.count }))),
      JSON.Member("bytes", .int(Int64(index.byteCount))),
      JSON.Member("build_seconds", .double((seconds * 100).rounded() / 100)),
      JSON.Member("prefix", figures(bench.bestOfThree(plain, .prefix))),
      JSON.Member(
        "prefix_one_character",
        figures(bench.bestOfThree(plain.filter { $0.count == 1 }, .prefix))
      ),
      JSON.Member("conjunctive", figures(bench.bestOfThree(several, .words))),
      JSON.Member(
        "conjunctive_by_words",
        .object(
          byWords.keys.sorted().map {
            JSON.Member("\($0)", figures(bench.bestOfThree(byWords[$0] ?? [], .words)))
          }
        )
      ),
      JSON.Member("typo", figures(bench.bestOfThree(misspelled, .all))),
      JSON.Member("update", figures(try bench.updates(Array(entries.suffix(2000))))),
    ]
    let count = try arguments.integer("verify", default: 0)
    if count > 0 {
      let all = prefixes.prefix(count)
      try verify(bench, entries, all.map(\.text))
      report.append(JSON.Member("verified", .int(Int64(all.count))))
    }
    let json = JSON.object(report)
    print(String(decoding: json.serialized(), as: UTF8.self))
  }

  private static func verify(
    _ bench: CompletionBenchmark,
    _ entries: [CompletionEntry],
    _ prefixes: [String]
  ) throws {
    let reference = try CompletionReference(entries)
    for mode in [CompletionBenchmark.Mode.prefix, .words, .all] {
      if let wrong = bench.firstMismatch(prefixes, mode, reference) {
        throw CommandError(message: "Index and plain search differ (\(mode)) for: '\(wrong)'")
      }
    }
  }

  private static func completions(_ path: String) throws -> [CompletionEntry] {
    try lines(path).map { columns in
      guard columns.count > 1, let score = Float(columns[1]) else {
        throw CommandError(message: "'\(path)' needs lines of text, a tab and a count.")
      }
      return CompletionEntry(text: columns[0], score: score)
    }
  }

  private static func lines(_ path: String) throws -> [[String]] {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw CommandError(message: "Could not read '\(path)': check the path.")
    }
    return text.split(separator: "\n").map {
      $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }
  }

  private static func figures(_ microseconds: [Double]) -> JSON {
    let sorted = microseconds.sorted()
    func rounded(_ value: Double) -> JSON { .double((value * 100).rounded() / 100) }
    return [
      "queries": .int(Int64(sorted.count)),
      "mean_us": rounded(sorted.reduce(0, +) / Double(max(1, sorted.count))),
      "p50_us": rounded(Metrics.percentile(sorted, 0.5)),
      "p90_us": rounded(Metrics.percentile(sorted, 0.9)),
      "p99_us": rounded(Metrics.percentile(sorted, 0.99)),
      "p999_us": rounded(Metrics.percentile(sorted, 0.999)),
    ]
  }
}

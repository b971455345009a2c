// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import SearchService

/// What `evaluate search` prints of its runs, the first being what the others are compared with.
struct EvaluationReport {
  private typealias Column = (name: String, value: @Sendable (EvaluationRun) -> Double)

  private let runs: [EvaluationRun]
  private let comparisons: [PairedComparison]

  init(runs: [EvaluationRun], seed: UInt64) {
    self.runs = runs
    let base = runs.first?.figures.map(\.ndcg) ?? []
    comparisons = runs.map { run in
      PairedComparison(first: base, second: run.figures.map(\.ndcg), seed: seed)
    }
  }

  private static let columns: [Column] = [
    ("ndcg@10", { $0.mean(\.ndcg) }),
    ("judged_ndcg@10", { $0.mean(\.judgedNDCG) }),
    ("mrr@10", { $0.mean(\.reciprocalRank) }),
    ("recall@100", { $0.mean(\.recall) }),
    ("p50_ms", { $0.percentile(0.5, \.milliseconds) }),
    ("p99_ms", { $0.percentile(0.99, \.milliseconds) }),
  ]

  private static let rankingColumns: [Column] = [
    ("rank_p50_ms", { $0.percentile(0.5, \.rankingMilliseconds) }),
    ("rank_p99_ms", { $0.percentile(0.99, \.rankingMilliseconds) }),
    ("first_rank_ms", { $0.figures.first?.rankingMilliseconds ?? 0 }),
    ("partial", { $0.mean { $0.isPartial ? 1 : 0 } }),
    ("unranked", { $0.mean { $0.isUnranked ? 1 : 0 } }),
  ]

  private var queries: Int { runs.first?.figures.count ?? 0 }

  /// One object of figures; with profiles, an object with one of `runs` for each.
  var json: String {
    let rows = zip(runs, comparisons).enumerated().map { row in
      member(row.element.0, row.element.1, isFirst: row.offset == 0)
    }
    let count = JSON.Member("queries", .int(Int64(queries)))
    let value =
      rows.count == 1
      ? JSON.object([count] + rows[0])
      : .object([count, JSON.Member("runs", .array(rows.map { .object($0) }))])
    return String(decoding: value.serialized(), as: UTF8.self)
  }

  private func member(
    _ run: EvaluationRun,
    _ comparison: PairedComparison,
    isFirst: Bool
  ) -> [JSON.Member] {
    var members = runs.count == 1 ? [] : [JSON.Member("name", .string(run.name))]
    let columns = Self.columns + (isFirst ? [] : Self.rankingColumns)
    members += columns.map { JSON.Member($0.name, Self.rounded($0.value(run))) }
    guard !isFirst else { return members }
    members.append(
      JSON.Member(
        "ndcg@10_against_first",
        [
          "difference": Self.rounded(comparison.difference),
          "low": Self.rounded(comparison.interval.lowerBound),
          "high": Self.rounded(comparison.interval.upperBound),
          "p": .double(comparison.p), "exact": .bool(comparison.isExact),
          "wins": .int(Int64(comparison.wins)), "losses": .int(Int64(comparison.losses)),
        ]
      )
    )
    return members
  }

  private static func rounded(_ value: Double) -> JSON { .double((value * 1e4).rounded() / 1e4) }

  /// A line for each figure, a column for each run.
  var text: String {
    let isCompared = runs.count > 1
    let columns = Self.columns + (isCompared ? Self.rankingColumns : [])
    let widths = runs.map { max(9, $0.name.count) }
    func line(_ label: String, _ cells: [String]) -> String {
      let padded = zip(cells, widths).map { cell, width in
        String(repeating: " ", count: max(0, width - cell.count)) + cell
      }
      let name = label.padding(toLength: 16, withPad: " ", startingAt: 0)
      return name + (isCompared ? padded : cells).joined(separator: "  ")
    }
    var lines = [line("queries", runs.map { _ in "\(queries)" })]
    if isCompared { lines.insert(line("", runs.map(\.name)), at: 0) }
    for column in columns {
      lines.append(line(column.name, runs.map { String(format: "%.4f", column.value($0)) }))
    }
    for (run, comparison) in zip(runs, comparisons).dropFirst() {
      lines.append(
        String(
          format: "%@ against %@: nDCG@10 %+.4f, 95 %% from %+.4f to %+.4f, p %.5f (%@), "
            + "better for %d queries, worse for %d",
          run.name,
          runs[0].name,
          comparison.difference,
          comparison.interval.lowerBound,
          comparison.interval.upperBound,
          comparison.p,
          comparison.isExact ? "exact" : "sampled",
          comparison.wins,
          comparison.losses
        )
      )
    }
    return lines.joined(separator: "\n")
  }

  /// Each query's figures in each run, tab-separated, with a line of names.
  func perQuery(_ judgments: Judgments, _ folds: QueryFolds) -> String {
    var lines = [
      "query\tfold\trun\tndcg@10\tjudged_ndcg@10\tmrr@10\trecall@100\tms\trank_ms\tpartial"
    ]
    for (index, (query, _)) in judgments.graded.enumerated() {
      for run in runs {
        let figures = run.figures[index]
        let numbers = [
          figures.ndcg, figures.judgedNDCG, figures.reciprocalRank, figures.recall,
          figures.milliseconds, figures.rankingMilliseconds,
        ]
        let cells = numbers.map { String(format: "%.6f", $0) }.joined(separator: "\t")
        let fold = folds.fold(of: query)
        lines.append("\(query)\t\(fold)\t\(run.name)\t\(cells)\t\(figures.isPartial ? 1 : 0)")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

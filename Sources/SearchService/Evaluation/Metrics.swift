// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Measures of ranked lists; `grades` maps ids to judged grades, 0 for not relevant.
public enum Metrics {
  /// Normalised discounted cumulative gain (Järvelin and Kekäläinen, 2002) with gain 2^grade - 1.
  public static func ndcg(_ hits: [String], _ grades: [String: Int], at depth: Int) -> Double {
    func gain(_ grade: Int) -> Double { pow(2, Double(grade)) - 1 }
    func discount(_ rank: Int) -> Double { 1 / log2(Double(rank) + 2) }
    let found = hits.prefix(depth).enumerated().reduce(0) {
      $0 + gain(grades[$1.element] ?? 0) * discount($1.offset)
    }
    let best = grades.values.sorted(by: >).prefix(depth).enumerated().reduce(0) {
      $0 + gain($1.element) * discount($1.offset)
    }
    return best > 0 ? found / best : 0
  }

  /// One over the rank of the first relevant hit; 0 if none is within `depth`.
  public static func reciprocalRank(
    _ hits: [String],
    _ grades: [String: Int],
    at depth: Int
  ) -> Double {
    guard let rank = hits.prefix(depth).firstIndex(where: { grades[$0] ?? 0 > 0 }) else { return 0 }
    return 1 / Double(rank + 1)
  }

  /// The share of relevant documents within `depth`.
  public static func recall(_ hits: [String], _ grades: [String: Int], at depth: Int) -> Double {
    let relevant = grades.values.count { $0 > 0 }
    guard relevant > 0 else { return 0 }
    return Double(hits.prefix(depth).count { grades[$0] ?? 0 > 0 }) / Double(relevant)
  }

  /// The value below which a share of ascending values lies (nearest rank); 0 for none.
  public static func percentile(_ ascending: [Double], _ share: Double) -> Double {
    guard !ascending.isEmpty else { return 0 }
    return ascending[min(ascending.count - 1, Int(share * Double(ascending.count)))]
  }
}

/// Graded query-document pairs, read from tab-separated text: query, id, grade.
public struct Judgments {
  /// What a grade may be: gains of 2^grade, added up, must stay exact.
  private static let grades = 0...30

  /// Queries with at least one positive grade, ascending, with their grades by id.
  public let graded: [(query: String, grades: [String: Int])]

  /// Reads a file.
  ///
  /// - Throws: ``JudgmentsError`` if it cannot be read, holds no judgment, or a grade that is not 0 to 30.
  public init(path: String) throws {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw JudgmentsError(description: "Could not read the judgments '\(path)': check the path.")
    }
    var all: [String: [String: Int]] = [:]
    for line in text.split(whereSeparator: \.isNewline) {
      let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard columns.count >= 3, let grade = Int(columns[2]) else { continue }
      guard Self.grades.contains(grade) else {
        throw JudgmentsError(description: "'\(path)': \(grade) is no grade; grades are 0 to 30.")
      }
      all[String(columns[0]), default: [:]][String(columns[1])] = grade
    }
    graded = all.filter { $0.value.values.contains { $0 > 0 } }
      .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    guard !graded.isEmpty else {
      throw JudgmentsError(
        description: "'\(path)' has no line of query, id and positive grade, separated by tabs."
      )
    }
  }
}

/// Why judgments cannot be used.
public struct JudgmentsError: Error, CustomStringConvertible {
  /// What happened and the remedy.
  public let description: String
}

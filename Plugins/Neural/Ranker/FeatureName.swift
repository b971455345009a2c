// SPDX-License-Identifier: Apache-2.0

/// A feature of a candidate: a column, and what is made of it over the query's candidates.
///
/// Written as the column's name, or as the name, "|" and the transform.
public struct FeatureName: Hashable, Sendable, CustomStringConvertible {
  /// What is made of a column over the candidates of one query.
  public enum Transform: String, Sendable, CaseIterable {
    /// Divided by the greatest.
    case share
    /// Less the mean, divided by the standard deviation.
    case z
    /// The share of the candidates that have a greater value.
    case rank
    /// ln(1 + max(0, x)).
    case log
    /// 60 / (60 + max(0, x)), which makes a rank's share in reciprocal rank fusion (Cormack, Clarke
    /// and Büttcher, 2009) 1 for the best.
    case reciprocal
    /// 1 where the value is missing, else 0.
    case missing
  }

  /// The column.
  public let column: String
  /// What is made of it; nil for the value itself.
  public let transform: Transform?

  /// Reads a name; nil for an empty or overlong column or an unknown transform.
  public init?(_ text: String) {
    let text = text == "recall_score_share" ? "recall_score|share" : text
    let parts = text.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
    guard let column = parts.first, (1...63).contains(column.utf8.count) else { return nil }
    self.column = String(column)
    if parts.count > 1 {
      guard let transform = Transform(rawValue: String(parts[1])) else { return nil }
      self.transform = transform
    } else {
      transform = nil
    }
  }

  /// The name as it is written.
  public var description: String { transform.map { "\(column)|\($0.rawValue)" } ?? column }
}

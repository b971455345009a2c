// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// Columns of one query's candidates, by name.
public struct CandidateColumns: Sendable {
  /// The number of candidates.
  public let count: Int
  private var columns: [String: [Double]] = [:]

  /// Starts with the columns that every query has.
  ///
  /// - Parameters:
  ///   - recallScores: Text relevance by candidate.
  ///   - recallRanks: Places in the order of relevance, 0 being the best.
  ///   - queryWords: The number of the query's words.
  public init(recallScores: [Double], recallRanks: [Double], queryWords: Int) {
    count = recallScores.count
    self["recall_score"] = recallScores
    self["recall_rank"] = recallRanks
    self["query_words"] = Array(repeating: Double(queryWords), count: count)
    self["candidates"] = Array(repeating: Double(count), count: count)
  }

  /// The names of the columns that come from the query and its candidates, not from documents.
  public static let own: Set<String> = [
    "recall_score", "recall_rank", "query_words", "candidates", "score", "cosine",
  ]

  /// A column's values, NaN for missing ones; nil, or of another length than ``count``, is none.
  public subscript(name: String) -> [Double]? {
    get { columns[name] }
    set { columns[name] = newValue.flatMap { $0.count == count ? $0 : nil } }
  }
}

/// Makes a model's features of candidates' columns, as Documentation/Formats/Models.md tells.
public struct FeatureAssembly: Sendable {
  /// The features, in the model's order.
  public let features: [FeatureName]
  private let normalizations: [Normalization]

  /// Creates one for the features of a model.
  public init(_ features: [FeatureName], normalization: [FeatureName: Normalization]) {
    self.features = features
    normalizations = features.map { normalization[$0] ?? Normalization() }
  }

  /// The columns that are needed, each once, in order.
  public var columns: [String] {
    features.reduce(into: []) { if !$0.contains($1.column) { $0.append($1.column) } }
  }

  /// The features' values: one row a candidate, one value a feature, all finite.
  public func rows(_ columns: CandidateColumns) -> [Float] {
    let width = features.count
    var rows = [Float](repeating: 0, count: columns.count * width)
    for (place, feature) in features.enumerated() {
      let values = columns[feature.column].map { Self.transformed($0, feature.transform) }
      let normalization = normalizations[place]
      for candidate in 0..<columns.count {
        // A column that nobody knows is missing everywhere.
        let value = values?[candidate] ?? (feature.transform == .missing ? 1 : .nan)
        rows[candidate * width + place] = normalization.apply(value)
      }
    }
    return rows
  }

  private static func transformed(
    _ values: [Double],
    _ transform: FeatureName.Transform?
  ) -> [Double] {
    let present = values.filter(\.isFinite)
    switch transform {
    case nil: return values
    case .missing: return values.map { $0.isFinite ? 0 : 1 }
    case .log: return values.map { $0.isFinite ? log1p(max(0, $0)) : .nan }
    case .reciprocal: return values.map { $0.isFinite ? 60 / (60 + max(0, $0)) : .nan }
    case .share:
      let greatest = present.max() ?? 0
      return values.map { $0.isFinite ? (greatest > 0 ? $0 / greatest : 0) : .nan }
    case .z:
      let mean = present.reduce(0, +) / Double(max(1, present.count))
      let square = present.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let deviation = (square / Double(max(1, present.count))).squareRoot()
      return values.map { $0.isFinite ? (deviation > 0 ? ($0 - mean) / deviation : 0) : .nan }
    case .rank:
      let sorted = present.sorted(by: >)
      var places: [Double: Int] = [:]
      for (place, value) in sorted.enumerated() where places[value] == nil { places[value] = place }
      return values.map { value in
        value.isFinite ? Double(places[value] ?? 0) / Double(present.count) : .nan
      }
    }
  }
}

extension Normalization {
  /// The value that the model sees; always finite.
  func apply(_ value: Double) -> Float {
    guard value.isFinite else { return missing }
    let held = min(max(Float(value), bounds.lowerBound), bounds.upperBound)
    let result = (held - mean) / deviation
    return result.isFinite ? result : missing
  }
}

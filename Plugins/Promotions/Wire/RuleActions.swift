// SPDX-License-Identifier: Apache-2.0

/// A document shown at a fixed place.
public struct Include: Equatable, Sendable {
  /// The document's id.
  public var id: String
  /// The place among all hits, 1...10,000; 1 is the first.
  public var position: Int

  /// Creates an include.
  public init(id: String, position: Int) { (self.id, self.position) = (id, position) }
}

/// A factor for the scores of the documents that match a filter.
public struct Boost: Equatable, Sendable {
  /// The filter expression.
  public var filter: String
  /// What scores are multiplied by, 0...1,000: above 1 promotes, below 1 buries.
  public var factor: Double

  /// Creates a boost.
  public init(filter: String, factor: Double) { (self.filter, self.factor) = (filter, factor) }

  /// Whether it pushes documents down.
  public var isBury: Bool { factor < 1 }
}

/// The most hits of a kind among the first ones.
public struct Cap: Equatable, Sendable {
  /// Which hits count; nil for those that a rule promoted, by pin or boost.
  public var filter: String?
  /// How many may stand there, 0 or more.
  public var most: Int
  /// How many first hits are looked at, 1...250.
  public var within: Int

  /// Creates a cap.
  public init(filter: String? = nil, most: Int, within: Int) {
    (self.filter, self.most, self.within) = (filter, most, within)
  }
}

/// What becomes of documents that cannot be had.
public struct StockDemotion: Equatable, Sendable {
  /// The filter that documents which can be had satisfy, such as `stock:>0`.
  public var available: String
  /// What the scores of the others are multiplied by, 0...1.
  public var factor: Double
  /// Whether a pinned document that cannot be had loses its place and ranks like any other.
  public var releasesPins: Bool

  /// Creates a demotion.
  public init(available: String, factor: Double, releasesPins: Bool) {
    (self.available, self.factor, self.releasesPins) = (available, factor, releasesPins)
  }
}

/// A part of how alike two documents are.
public struct SimilarityMetric: Equatable, Sendable {
  /// The ways of comparing values.
  public enum Method: String, Sendable {
    /// 1 if the values are the same, else 0.
    case equality
    /// The shared values over all values (Jaccard index).
    case jaccard
    /// By the distance of two vectors.
    case vectorDistance = "vector_distance"
  }

  /// The field compared.
  public var field: String
  /// How its values are compared.
  public var method: Method
  /// What this part counts, 0...1,000.
  public var weight: Double

  /// Creates a metric.
  public init(field: String, method: Method, weight: Double) {
    (self.field, self.method, self.weight) = (field, method, weight)
  }
}

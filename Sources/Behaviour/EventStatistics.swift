// SPDX-License-Identifier: Apache-2.0

/// How many events were taken and refused.
public struct EventStatistics: Equatable, Sendable {
  /// Logged and counted.
  public internal(set) var accepted = 0
  /// Known already.
  public internal(set) var duplicates = 0
  /// Not taken since too many waited.
  public internal(set) var busy = 0
  /// Refused, by reason.
  public internal(set) var refused: [EventProblem.Reason: Int] = [:]

  mutating func add(_ outcomes: [Outcome]) {
    for outcome in outcomes {
      switch outcome {
      case .accepted: accepted += 1
      case .duplicate: duplicates += 1
      case .refused(let problem): refused[problem.reason, default: 0] += 1
      }
    }
  }
}

/// What is known of a product beside its events.
public struct ProductAttributes: Equatable, Sendable {
  /// The category; empty if unknown.
  public var category: String
  /// The brand; empty if unknown.
  public var brand: String
  /// The price; 0 if unknown.
  public var price: Float

  /// Creates attributes.
  public init(category: String = "", brand: String = "", price: Float = 0) {
    self.category = category
    self.brand = brand
    self.price = price
  }
}

/// A query and its counts.
public struct QueryCount: Equatable, Sendable {
  /// The collection that was searched.
  public var collection: String
  /// The normalised query.
  public var query: String
  /// The counts as of their time.
  public var counters: Counters
  /// Whether enough distinct shoppers have sent it for it to be shown to others.
  public var isShared: Bool
}

// SPDX-License-Identifier: Apache-2.0

/// Products or interests with weights.
public struct WeightedList: Equatable, Sendable {
  /// Identifiers of documents, or names of interests.
  public var items: [String] = []
  /// As many weights, each 0 or more and finite.
  public var weights: [Double] = []

  /// Creates a list; surplus items or weights are cut off.
  public init(_ items: [String] = [], weights: [Double] = []) {
    let count = min(items.count, weights.count)
    self.items = Array(items.prefix(count))
    self.weights = Array(weights.prefix(count))
  }
}

/// What is known of who searches.
public struct Shopper: Equatable, Sendable {
  /// A keyed hash of the user's identifier; empty if unknown.
  public var key = ""
  /// Products of this session, most recent first.
  public var session = WeightedList()
  /// Products of the longer history, most recent first.
  public var history = WeightedList()
  /// Interests such as "brand:bosch".
  public var interests = WeightedList()

  /// Creates a shopper without history.
  public init() {}
}

/// What stages learn of a query.
public struct RankingContext: Equatable, Sendable {
  /// The query as typed.
  public var text: String
  /// Its words as the index knows them.
  public var tokens: [String]
  /// The collection's name.
  public var collection: String
  /// Who searches.
  public var shopper: Shopper
  /// The time of the query in milliseconds since 1970.
  public var unixMilliseconds: Int64

  /// Creates a context.
  public init(
    text: String,
    tokens: [String] = [],
    collection: String = "",
    shopper: Shopper = Shopper(),
    unixMilliseconds: Int64 = 0
  ) {
    self.text = text
    self.tokens = tokens
    self.collection = collection
    self.shopper = shopper
    self.unixMilliseconds = unixMilliseconds
  }
}

/// A query's candidates in the order of the first stage, best first.
public struct RankingCandidates: Equatable, Sendable {
  /// Numbers that tell the candidates apart and by which features are fetched.
  public let keys: [UInt64]
  /// As many scores, all finite.
  public let scores: [Double]

  /// Creates candidates; a score that is not finite becomes 0, surplus keys or scores are cut off.
  public init(keys: [UInt64], scores: [Double]) {
    let count = min(keys.count, scores.count)
    self.keys = Array(keys.prefix(count))
    self.scores = scores.prefix(count).map { $0.isFinite ? $0 : 0 }
  }
}

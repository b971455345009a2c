// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// One case of leave-one-out: what a user took last, and items that the user did not take.
public struct LeaveOneOutCase: Sendable, Equatable {
  /// The user's name.
  public let user: String
  /// The name of the item to find.
  public let item: String
  /// The names of the items that it competes with.
  public let negatives: [String]

  /// Reads "(user,item)<TAB>negative<TAB>negative..."; nil for a line of another form.
  public init?(line: String) {
    let columns = line.split(separator: "\t").map { $0.trimmingCharacters(in: .whitespaces) }
    guard let pair = columns.first, pair.hasPrefix("("), pair.hasSuffix(")") else { return nil }
    let names = pair.dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false)
      .map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " \"'")) }
    guard names.count == 2, !names.contains(""), columns.count > 1 else { return nil }
    (user, item) = (names[0], names[1])
    negatives = Array(columns.dropFirst())
  }
}

/// How often a model ranks the item that was left out above given negatives.
public struct LeaveOneOutEvaluation: Sendable {
  /// The share of cases with the item among the first `depth`.
  public private(set) var hitRate = 0.0
  /// The mean of 1 / log2(rank + 1) for ranks up to `depth`, else 0.
  public private(set) var ndcg = 0.0

  /// Ranks for every case; histories are those of `training`, by name.
  ///
  /// Of negatives that score as high as the item, half count as above it. An item that the model does
  /// not have scores below all that it has.
  public init(
    _ model: FilterModel,
    training: Interactions,
    cases: [LeaveOneOutCase],
    depth: Int = 10
  ) {
    let histories = Histories(model, training)
    var scorer = FilterScorer(model)
    for one in cases {
      let numbers = ([one.item] + one.negatives).map { model.number(of: $0) }
      let scores = scorer.scores(
        of: numbers.map { $0 ?? .max },
        history: histories.of(one.user)
      )
      let known = zip(scores, numbers).map { $1 == nil ? -Float.infinity : $0 }
      let rank = Self.rank(ofFirst: known)
      if rank <= depth {
        hitRate += 1
        ndcg += 1 / log2(Double(rank) + 1)
      }
    }
    hitRate /= Double(max(1, cases.count))
    ndcg /= Double(max(1, cases.count))
  }

  /// The rank, from 1, of the first score among all.
  static func rank(ofFirst scores: [Float]) -> Int {
    guard let own = scores.first else { return 1 }
    let above = scores.count { $0 > own }
    let equal = scores.dropFirst().count { $0 == own }
    return 1 + above + (equal + 1) / 2
  }
}

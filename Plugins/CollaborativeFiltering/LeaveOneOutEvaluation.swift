// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// One case of leave-one-out: what a user took last, and items that the user did not take.
public struct LeaveOneOutCase: Sendable, Equatable {
  /// The user's name.
  public let user: String
  /// The name of the item to find.
  public let item: String
  /// The names of the items that it competes with, each once and never the item itself.
  public let negatives: [String]

  /// Reads "(user,item)<TAB>negative<TAB>negative...", parted by tabs or blanks, perhaps without any
  /// negative; nil for a line of another form.
  ///
  /// Quotes around the two names are left out.
  public init?(line: String) {
    guard let start = line.firstIndex(where: { !$0.isWhitespace }), line[start] == "(",
      let end = line.firstIndex(of: ")")
    else { return nil }
    let names = line[line.index(after: start)..<end]
      .split(separator: ",", omittingEmptySubsequences: false)
      .map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " \t\"'")) }
    let rest = line[line.index(after: end)...]
    guard names.count == 2, !names.contains(""), rest.first?.isWhitespace ?? true else {
      return nil
    }
    (user, item) = (names[0], names[1])
    var known: Set = [names[1]]
    negatives = rest.split(whereSeparator: \.isWhitespace).map(String.init)
      .filter { known.insert($0).inserted }
  }
}

/// How often a model ranks the item that was left out above given negatives.
public struct LeaveOneOutEvaluation: Sendable {
  /// The share of cases with the item among the first `depth`.
  public private(set) var hitRate = 0.0
  /// The mean of 1 / log2(rank + 1) for ranks up to `depth`, else 0.
  public private(set) var ndcg = 0.0
  /// Cases whose user has no item in training: popularity ranks them.
  public private(set) var newUsers = 0
  /// Cases whose item is not in the model: it ranks behind all negatives that are.
  public private(set) var newItems = 0

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
      let history = histories.of(one.user)
      newUsers += history.isEmpty ? 1 : 0
      newItems += numbers[0] == nil ? 1 : 0
      let scores = scorer.scores(of: numbers.map { $0 ?? .max }, history: history)
      let known = zip(scores, numbers).map { $1 == nil ? -Float.infinity : $0 }
      let rank = RankingMeasures.rank(ofFirst: known)
      if rank <= depth {
        hitRate += 1
        ndcg += RankingMeasures.discount(rank)
      }
    }
    hitRate /= Double(max(1, cases.count))
    ndcg /= Double(max(1, cases.count))
  }
}

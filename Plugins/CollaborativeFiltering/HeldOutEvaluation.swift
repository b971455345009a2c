// SPDX-License-Identifier: Apache-2.0

/// How well a model foretells held-out items, all items that a user did not take ranked.
///
/// A user of the test who was not trained on has no history and gets the popular items. An item of the
/// test that was not trained on counts as relevant and cannot be found.
public struct HeldOutEvaluation: Sendable {
  /// The mean over users of the share of their test items among the first `depth`.
  public private(set) var recall = 0.0
  /// The mean over users of the normalised discounted cumulative gain of the first `depth`.
  public private(set) var ndcg = 0.0
  /// The share of the model's items that some user got among the first `depth`.
  public private(set) var coverage = 0.0
  /// The Gini coefficient of how often each of the model's items was among the first `depth`.
  public private(set) var gini = 0.0
  /// Users with at least one test item.
  public private(set) var users = 0
  /// Those of them without a trained item.
  public private(set) var newUsers = 0
  /// Test items, each once for each of its users, that the model does not have.
  public private(set) var newItems = 0
  /// Test items that the user took in training too, so that no list holds them.
  public private(set) var repeats = 0

  /// Ranks for every user of `test`; histories are those of `training`, by name.
  public init(
    _ model: FilterModel,
    training: Interactions,
    test: Interactions,
    depth: Int = 20,
    threads: Int = 2
  ) {
    let histories = Histories(model, training)
    let numbers = test.items.map { model.number(of: $0) }
    let scorer = FilterScorer(model)
    let lanes = max(1, threads)
    let sums = SharedBuffer<Double>(repeating: 0, count: 2 * lanes)
    let shown = SharedBuffer<Int>(repeating: 0, count: lanes * model.count)
    Parallel.ranges(test.matrix.rows, by: 64, threads: lanes) { range, lane in
      for row in range where !test.matrix[row].isEmpty {
        let list = scorer.recommend(depth, history: histories.of(test.users[row]))
        let relevant = Set(test.matrix[row].compactMap { numbers[Int($0)] })
        let total = test.matrix[row].count
        let found = list.count { relevant.contains($0) }
        sums[2 * lane] += Double(found) / Double(total)
        sums[2 * lane + 1] += RankingMeasures.ndcg(list, relevant, of: total, at: depth)
        for item in list { shown[lane * model.count + Int(item)] += 1 }
      }
    }
    count(test, numbers, histories)
    let divisor = Double(max(1, users))
    recall = (0..<lanes).reduce(0) { $0 + sums[2 * $1] } / divisor
    ndcg = (0..<lanes).reduce(0) { $0 + sums[2 * $1 + 1] } / divisor
    let counts = (0..<model.count).map { item in
      (0..<lanes).reduce(0) { $0 + shown[$1 * model.count + item] }
    }
    coverage = Double(counts.count { $0 > 0 }) / Double(max(1, counts.count))
    gini = RankingMeasures.gini(counts)
  }

  private mutating func count(_ test: Interactions, _ numbers: [UInt32?], _ histories: Histories) {
    for row in 0..<test.matrix.rows where !test.matrix[row].isEmpty {
      let past = Set(histories.of(test.users[row]).map(\.item))
      users += 1
      newUsers += past.isEmpty ? 1 : 0
      for item in test.matrix[row] {
        guard let number = numbers[Int(item)] else {
          newItems += 1
          continue
        }
        repeats += past.contains(number) ? 1 : 0
      }
    }
  }
}

/// The users' histories in a model's item numbers.
struct Histories: Sendable {
  private let interactions: Interactions
  private let rows: [String: Int]
  private let numbers: [UInt32?]

  init(_ model: FilterModel, _ interactions: Interactions) {
    self.interactions = interactions
    rows = Dictionary(
      interactions.users.enumerated().map { ($1, $0) },
      uniquingKeysWith: { first, _ in first }
    )
    numbers = interactions.items.map { model.number(of: $0) }
  }

  /// A user's history; empty for a name that is no user.
  func of(_ user: String) -> [HistoryItem] {
    guard let row = rows[user] else { return [] }
    return interactions.matrix[row].compactMap { numbers[Int($0)].map { HistoryItem($0) } }
  }
}

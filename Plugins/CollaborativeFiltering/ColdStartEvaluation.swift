// SPDX-License-Identifier: Apache-2.0
//
// How well a filter does where it knows little, against popularity alone:
//
//   new products    a tenth of the items is held out with all interactions; for each shopper who took
//                   some of them and something else, all held-out items are ranked by ContentBackoff
//                   over what the filter says of the others, and by ContentBackoff over their
//                   popularity, since those that nobody has taken have none of their own
//   new shoppers    a tenth of the shoppers is held out; of each the first few items are told, and all
//                   other items are ranked by the filter, and by popularity

/// Interactions parted into what is trained on and what is new.
public struct ColdSplit: Sendable {
  /// What is trained on.
  public let training: Interactions
  /// The names of items held out.
  let coldItems: Set<String>
  /// The names of shoppers held out, with their items of training in order of their numbers.
  let coldShoppers: [(name: String, items: [String])]
  /// Of shoppers trained on, the held-out items that they took.
  let taken: [(name: String, items: [String])]

  /// Holds out a tenth of the items and of the shoppers by chance.
  public init(_ all: Interactions, seed: UInt64) {
    func isHeldOut(_ name: String, _ salt: String) -> Bool {
      Self.hash("\(seed) \(salt) \(name)") % 10 == 0
    }
    let coldItems = Set(all.items.filter { isHeldOut($0, "item") })
    var builder = InteractionsBuilder()
    var coldShoppers: [(String, [String])] = []
    var taken: [(String, [String])] = []
    for (row, user) in all.users.enumerated() {
      let names = all.matrix[row].map { all.items[Int($0)] }
      let warm = names.filter { !coldItems.contains($0) }
      if isHeldOut(user, "shopper") {
        // In an order that has nothing to do with how items are numbered.
        coldShoppers.append((user, warm.sorted { Self.hash(user + $0) < Self.hash(user + $1) }))
      } else {
        for item in warm { builder.add(user: user, item: item) }
        let cold = names.filter { coldItems.contains($0) }
        if !cold.isEmpty, !warm.isEmpty { taken.append((user, cold)) }
      }
    }
    training = builder.finish()
    self.coldItems = coldItems
    (self.coldShoppers, self.taken) = (coldShoppers, taken)
  }

  /// FNV-1a, and a last mix of its bits: the same for the same text everywhere.
  private static func hash(_ text: String) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    hash ^= hash >> 33
    hash = hash &* 0xFF51_AFD7_ED55_8CCD
    return hash ^ hash >> 33
  }
}

/// The figures of a cold start.
public struct ColdStartEvaluation: Sendable {
  /// Means over cases.
  public struct Figures: Sendable {
    /// The share of cases with a relevant item among the first.
    public private(set) var hitRate = 0.0
    /// The mean of the normalised discounted cumulative gain.
    public private(set) var ndcg = 0.0
    /// Cases.
    public private(set) var cases = 0

    mutating func add(_ list: [UInt32], _ relevant: Set<UInt32>, at depth: Int) {
      let hit = list.prefix(depth).contains { relevant.contains($0) } ? 1.0 : 0
      let gain = RankingMeasures.ndcg(list, relevant, of: relevant.count, at: depth)
      cases += 1
      hitRate += (hit - hitRate) / Double(cases)
      ndcg += (gain - ndcg) / Double(cases)
    }
  }

  /// New products by content back-off over the filter.
  public private(set) var items = Figures()
  /// New products by the popularity of their kinds.
  public private(set) var itemsByPopularity = Figures()
  /// New shoppers by the filter.
  public private(set) var shoppers = Figures()
  /// New shoppers by popularity.
  public private(set) var shoppersByPopularity = Figures()

  /// Ranks for each case.
  ///
  /// - Parameters:
  ///   - model: A model of the split's training.
  ///   - split: What is known and what is new.
  ///   - kinds: By item, its kinds, such as brand and category.
  ///   - history: Items that are told of a new shopper.
  ///   - depth: How many first places count.
  public init(
    _ model: FilterModel,
    split: ColdSplit,
    kinds: [String: [String]],
    history: Int,
    depth: Int
  ) {
    let scorer = FilterScorer(model)
    let cold = split.coldItems.sorted()
    let numbers = Dictionary(uniqueKeysWithValues: cold.enumerated().map { ($1, UInt32($0)) })
    let warmKinds = (0..<model.count).map { kinds[model.name(of: UInt32($0)) ?? ""] ?? [] }
    func ranked(_ scores: some Sequence<Double>) -> [UInt32] {
      var backoff = ContentBackoff()
      for (item, score) in scores.enumerated() { backoff.add(score: score, kinds: warmKinds[item]) }
      let scores = cold.map { Float(backoff.estimate(kinds: kinds[$0] ?? [])) }
      return TopItems.of(scores, count: depth)
    }
    let popular = ranked(model.popularity.map { Double($0) })
    let histories = Histories(model, split.training)
    for (user, taken) in split.taken {
      let relevant = Set(taken.compactMap { numbers[$0] })
      let scores = scorer.allScores(history: histories.of(user))
      items.add(ranked(scores.lazy.map { Double($0) }), relevant, at: depth)
      itemsByPopularity.add(popular, relevant, at: depth)
    }
    for (_, names) in split.coldShoppers {
      let known = names.compactMap { model.number(of: $0) }
      let relevant = Set(known.dropFirst(history))
      guard !relevant.isEmpty else { continue }
      let past = known.prefix(history).map { HistoryItem($0) }
      shoppers.add(scorer.recommend(depth, history: past), relevant, at: depth)
      var byPopularity = model.popularity.map { Float($0) }
      for item in past { byPopularity[Int(item.item)] = -.infinity }
      shoppersByPopularity.add(TopItems.of(byPopularity, count: depth), relevant, at: depth)
    }
  }
}

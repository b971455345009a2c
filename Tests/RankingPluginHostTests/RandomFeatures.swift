// SPDX-License-Identifier: Apache-2.0

import Ranking
import TestSupport

/// Features and contexts at random.
extension SeededRandom {
  mutating func text() -> String {
    let letters = Array("aбc日 z")
    return String(
      (0..<Int.random(in: 0...6, using: &self)).map { _ in
        letters.randomElement(using: &self) ?? "x"
      }
    )
  }

  mutating func texts() -> [String] {
    (0..<Int.random(in: 0...4, using: &self)).map { _ in text() }
  }

  mutating func list() -> WeightedList {
    let items = texts()
    return WeightedList(items, weights: items.map { _ in Double.random(in: 0...3, using: &self) })
  }
}

extension RankingContext {
  static func random(_ random: inout SeededRandom) -> RankingContext {
    var context = RankingContext(text: random.text(), tokens: random.texts())
    context.collection = random.text()
    context.unixMilliseconds = Int64.random(in: 0...1000, using: &random)
    context.shopper.key = random.text()
    context.shopper.session = random.list()
    context.shopper.history = random.list()
    context.shopper.interests = random.list()
    return context
  }
}

/// Random features of random candidates, and the plain sum that the fixture `columns` computes.
struct RandomFeatures: FeatureSource {
  let candidates: RankingCandidates
  private let ids: [String]
  private let prices: [Double?]
  private let brands: [String?]
  private let tags: [[String]]
  private let vectors: [[Float]]

  init(count: Int, _ random: inout SeededRandom) {
    var scores = (0..<count).map { _ in Double.random(in: 0...100, using: &random) }
    scores.sort(by: >)
    candidates = RankingCandidates(
      keys: (0..<count).map { _ in UInt64.random(in: 0...1000, using: &random) },
      scores: scores
    )
    ids = (0..<count).map { _ in random.text() }
    prices = (0..<count).map { _ in
      Bool.random(using: &random) ? Double.random(in: 0...10, using: &random) : nil
    }
    brands = (0..<count).map { _ in Bool.random(using: &random) ? random.text() : nil }
    tags = (0..<count).map { _ in random.texts() }
    vectors = (0..<count).map { _ in
      (0..<3).map { _ in Float.random(in: 0...1, using: &random) }
    }
  }

  func identifiers(of keys: [UInt64]) -> TextColumn { TextColumn(ids) }

  func column(_ request: FeatureRequest, of keys: [UInt64]) -> FeatureColumn? {
    switch request.name {
    case "price": .numbers(prices.map { $0 ?? .nan })
    case "brand": .strings(TextColumn(brands))
    case "tags":
      .lists(
        starts: tags.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) },
        TextColumn(tags.flatMap { $0 })
      )
    default: .vectors(dimension: 3, vectors.flatMap { $0 })
    }
  }

  func sum(_ candidate: Int, _ context: RankingContext) -> Double {
    func bytes(_ text: String) -> Double { text.utf8.reduce(0) { $0 + Double($1) } }
    func list(_ list: WeightedList) -> Double {
      zip(list.items, list.weights).reduce(0) { $0 + bytes($1.0) * $1.1 }
    }
    var sum = bytes(context.text) + bytes(context.collection) + Double(context.unixMilliseconds)
    sum += context.tokens.reduce(0) { $0 + bytes($1) } + bytes(context.shopper.key)
    sum += list(context.shopper.session) + list(context.shopper.history)
    sum += list(context.shopper.interests) + bytes(ids[candidate])
    sum += 2 * candidates.scores[candidate] + Double(candidates.keys[candidate])
    sum += Double(2 * candidate) + (prices[candidate] ?? 0) + bytes(brands[candidate] ?? "")
    sum += tags[candidate].reduce(0) { $0 + bytes($1) }
    return vectors[candidate].reduce(sum) { $0 + Double($1) }
  }
}

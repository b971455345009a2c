// SPDX-License-Identifier: Apache-2.0

import SearchIndex

/// Text matches in tiers as their definition has them, on words of ASCII between spaces.
struct TierModel {
  /// By searched field, the words of each of its values.
  typealias Texts = [[[String]]]

  var weights: [Int]
  var options = TierOptions()
  var query: [String]
  /// Whether the last word may go on.
  var isOpen = true

  /// How far a word is from a word of the query; nil if it does not stand for it.
  private func cost(_ word: String, _ place: Int) -> Int? {
    if word == query[place] { return 0 }
    return isOpen && place == query.count - 1 && word.hasPrefix(query[place]) ? 1 : nil
  }

  private func least(_ texts: [[[String]]], _ place: Int) -> Int? {
    texts.joined().joined().compactMap { cost($0, place) }.min()
  }

  /// The words of the query that a document holds.
  func held(_ texts: Texts) -> Int { query.indices.count { least(texts, $0) != nil } }

  /// The match of a document that holds at least one word, and the fields that match.
  func match(_ texts: Texts) -> (score: Int, fields: Int) {
    var matching: [(score: Int, weight: Int)] = []
    for (field, values) in texts.enumerated() {
      let costs = query.indices.map { least([values], $0) }
      guard query.indices.contains(where: { costs[$0] != nil && costs[$0] == least(texts, $0) })
      else { continue }
      matching.append((score(values, costs), weights[field]))
    }
    let fields = options.countsFields ? min(15, matching.count) : 0
    let body: Int
    switch options.kind {
    case .maxScore:
      let best = matching.max { ($0.score, $0.weight) < ($1.score, $1.weight) } ?? (0, 0)
      body = (best.score * 128 + best.weight) * 16 + fields
    case .maxWeight:
      let best = matching.max { ($0.weight, $0.score) < ($1.weight, $1.score) } ?? (0, 0)
      body = (best.weight * (1 << 30) + best.score) * 16 + fields
    case .sumScore: body = matching.reduce(0) { $0 + $1.score * $1.weight }
    }
    return ((64 + held(texts)) * (1 << 41) + body, matching.count)
  }

  private func score(_ values: [[String]], _ costs: [Int?]) -> Int {
    var positions: [String: [Int]] = [:]
    var next = 0
    for value in values {
      for word in value {
        positions[word, default: []].append(next)
        next += 1
      }
      next += 16
    }
    func places(_ place: Int) -> [Int] {
      positions.filter { cost($0.key, place) != nil }.flatMap(\.value)
    }
    let held = query.indices.filter { costs[$0] != nil }
    var gaps = 0
    for (a, b) in zip(held, held.dropFirst()) {
      let all = places(a).flatMap { first in
        places(b).map { $0 > first ? $0 - first - 1 : first - $0 }
      }
      gaps += min(100, all.min() ?? 100)
    }
    let first = held.flatMap(places).min() ?? 0
    let isWhole = options.prefersWhole && values.contains(query)
    var score = held.count
    score = score * 256 + 255 - held.reduce(0) { $0 + (costs[$1] ?? 0) }
    score = score * 128 + 100 - min(100, gaps)
    score = score * 2 + (isWhole ? 1 : 0)
    return score * 256 + (options.prefersEarly ? 255 - min(255, first) : 0)
  }
}

// SPDX-License-Identifier: Apache-2.0

import JSON
import Promotions
import SearchIndex
import TestSupport
import Testing

/// The index against a scan of all rules that knows nothing of tries and keys.
struct ScanModelTests {
  /// A rule as the model sees it: plain words and sets.
  private struct Plain {
    var id: String
    var query: [String]?
    var isExact: Bool
    var filters: [(field: String, values: Set<String>)]
    var tags: Set<String>
    var window: ClosedRange<Int64>
    var stops: Bool

    var json: JSON {
      var rule: [JSON.Member] = []
      if let query {
        let text = query.isEmpty ? "*" : query.joined(separator: " ")
        rule.append(JSON.Member("query", .string(text)))
        rule.append(JSON.Member("match", isExact ? "exact" : "contains"))
      }
      if !filters.isEmpty {
        let clauses = filters.map { "\($0.field):=[\($0.values.sorted().joined(separator: ","))]" }
        rule.append(JSON.Member("filter_by", .string(clauses.joined(separator: " && "))))
      }
      if !tags.isEmpty { rule.append(JSON.Member("tags", .array(tags.map { .string($0) }))) }
      return [
        "id": .string(id), "rule": .object(rule), "stop_processing": .bool(stops),
        "effective_from_ts": .int(window.lowerBound), "effective_to_ts": .int(window.upperBound),
      ]
    }

    /// Every text that the query stands for, placeholders replaced by each value.
    func readings(_ values: [String: [String]]) -> [String] {
      (query ?? []).reduce([""]) { texts, word in
        let choices =
          word.hasPrefix("{") ? values[String(word.dropFirst().dropLast())] ?? [] : [word]
        return texts.flatMap { text in choices.map { text + $0 + " " } }
      }
    }
  }

  private let words = ["red", "blue", "lamp", "table", "oak", "sale"]
  private let values = ["brand": ["acme", "red lamp", "red"], "store": ["oak table", "blue"]]

  private func makeRule(_ number: Int, _ random: inout SeededRandom) -> Plain {
    let names = ["{brand}", "{store}"].shuffled(using: &random)
    var query: [String]?
    if Int.random(in: 0..<4, using: &random) > 0 {
      var text = (0..<Int.random(in: 0...3, using: &random)).map { _ in
        words.randomElement(using: &random) ?? ""
      }
      for name in names where Int.random(in: 0..<4, using: &random) == 0 {
        text.insert(name, at: Int.random(in: 0...text.count, using: &random))
      }
      query = text
    }
    var filters: [(field: String, values: Set<String>)] = []
    for field in ["f", "g"] where query == nil || Int.random(in: 0..<3, using: &random) == 0 {
      filters.append((field, Set(["x", "y", "z"].shuffled(using: &random).prefix(2))))
    }
    let start = Int64.random(in: 0...5, using: &random)
    return Plain(
      id: String(number * 7 % 1_000),
      query: query,
      isExact: Bool.random(using: &random),
      filters: filters,
      tags: Set(["s", "t"].filter { _ in Int.random(in: 0..<3, using: &random) == 0 }),
      window: start...(start + Int64.random(in: 0...20, using: &random)),
      stops: Int.random(in: 0..<8, using: &random) == 0
    )
  }

  private func applied(
    _ rules: [Plain],
    terms: [String],
    filter: [(field: String, values: Set<String>)],
    tags: Set<String>,
    time: Int64
  ) -> [String] {
    let text = terms.map { $0 + " " }.joined()
    let sorted = rules.sorted { $0.id < $1.id }
    let groups: [[Plain]]
    if tags.isEmpty {
      groups = [sorted.filter(\.tags.isEmpty)]
    } else {
      groups = [
        sorted.filter { tags.isSubset(of: $0.tags) },
        sorted.filter { !tags.isSubset(of: $0.tags) && !tags.isDisjoint(with: $0.tags) },
      ]
    }
    var ids: [String] = []
    for rule in groups.joined() {
      guard rule.window.contains(time) else { continue }
      guard
        rule.filters.allSatisfy({ wanted in
          filter.contains { $0.field == wanted.field && $0.values.isSubset(of: wanted.values) }
        })
      else { continue }
      if rule.query != nil {
        let isHit = rule.readings(values).contains { reading in
          rule.isExact ? reading == text : (" " + text).contains(" " + reading) || reading.isEmpty
        }
        guard isHit else { continue }
      }
      ids.append(rule.id)
      if rule.stops { break }
    }
    return ids
  }

  @Test func theIndexFindsWhatAScanFinds() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededRandom(seed: seed)
    let analyzer = try Analyzer()
    let vocabulary = FieldVocabulary(values, analyzer: analyzer)
    var hits = 0
    for _ in 0..<40 {
      var plain = (1...150).map { makeRule($0, &random) }
      let set = try CurationSet(name: "s", items: plain.map { try CurationRule(json: $0.json) })
      var index = RuleIndex(set, analyzer: analyzer)
      // Changes one by one must leave what a new index would have.
      for number in 100..<Int.random(in: 100...250, using: &random) {
        let changed = makeRule(number, &random)
        plain.removeAll { $0.id == changed.id }
        if Bool.random(using: &random) {
          plain.append(changed)
          index.put(try CurationRule(json: changed.json), analyzer: analyzer)
        } else {
          index.remove(changed.id)
        }
      }
      #expect(index.count == plain.count)
      for _ in 0..<100 {
        let terms = (0..<Int.random(in: 0...5, using: &random)).map { _ in
          (words + ["acme", "pen"]).randomElement(using: &random) ?? ""
        }
        let filter = ["f", "g"].filter { _ in Bool.random(using: &random) }.map { field in
          let count = Int.random(in: 1...2, using: &random)
          return (
            field: field, values: Set(["x", "y", "z"].shuffled(using: &random).prefix(count))
          )
        }
        let tags = ["s", "t", "u"].filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
        let time = Int64.random(in: 0...20, using: &random)
        var context = SearchContext(
          query: terms.isEmpty ? "*" : terms.joined(separator: " "),
          time: time,
          analyzer: analyzer
        )
        context.values = vocabulary
        context.tags = tags
        context.filter = filter.map { "\($0.field):=[\($0.values.joined(separator: ", "))]" }
          .joined(separator: " && ")
        let expected = applied(plain, terms: terms, filter: filter, tags: Set(tags), time: time)
        hits += expected.count
        #expect(index.plan(for: context).appliedRules == expected, "\(context) seed \(seed)")
      }
    }
    #expect(hits > 1_000)
  }
}

// SPDX-License-Identifier: Apache-2.0

import JSON
import SearchIndex
import TestSupport
import Testing

@testable import Promotions

/// What clients send may be anything: an answer or an error comes, never a crash.
struct FuzzTests {
  @Test func anyTextIsAFilterOrAnError() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededRandom(seed: seed)
    let pieces = [
      "a", "b:", "=", ":", "!", "!=", "[", "]", "(", ")", "{", "}", ".", "..", ",", "`", "&&", "||",
      "&", "|", " ", "*", ">", "<", "-", "1", "9e999", "nan", "ß", "\u{0}", "{x}", "价",
    ]
    var read = 0
    for _ in 0..<20_000 {
      let text = (0..<Int.random(in: 0...12, using: &random)).map { _ in
        pieces.randomElement(using: &random) ?? ""
      }.joined()
      guard let filter = try? FilterCondition(parsing: text) else { continue }
      read += 1
      var budget = ImplicationBudget()
      _ = filter.implies(filter, &budget)
      #expect(!filter.searchKeys.isEmpty, "\(text), seed \(seed)")
      #expect(!filter.ruleKeys { _ in 0 }.isEmpty, "\(text), seed \(seed)")
    }
    #expect(read > 100)
  }

  @Test func anyJSONIsARuleOrAnErrorAndRulesCanBeUsed() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededRandom(seed: seed)
    let whole = try JSON(
      parsing: """
        {"id":"r","rule":{"query":"{b} red","match":"contains","filter_by":"b:={c} && d:>3",
        "tags":[],"synonyms":true,"stem":true},"includes":[{"id":"1","position":3}],
        "excludes":[{"id":"2"}],"filter_by":"b:={b}","sort_by":"s.{c}:desc",
        "metadata":{"x":1},"effective_to_ts":9000,"stop_processing":false,
        "diversity":{"similarity_metric":[{"field":"t","method":"jaccard","weight":0.7}]},
        "boosts":[{"filter_by":"b:=A","factor":2}],"caps":[{"max":1,"within":10}],
        "stock":{"available_by":"stock:>0","pins":"release"}}
        """
    )
    let odd: [JSON] = [
      .null, true, 0, -1, 1e300, .int(.max), "", "{b}", "exact", "*", [], ["a"], [[]], ["a": 1],
    ]
    func mutated(_ json: JSON) -> JSON {
      if Int.random(in: 0..<25, using: &random) == 0 {
        return odd.randomElement(using: &random) ?? json
      }
      switch json {
      case .object(let members):
        return .object(
          members.filter { _ in Int.random(in: 0..<20, using: &random) > 0 }.map {
            JSON.Member($0.key, mutated($0.value))
          }
        )
      case .array(let elements): return .array(elements.map(mutated))
      default: return json
      }
    }
    let analyzer = try Analyzer()
    var context = SearchContext(query: "acme red", time: 1, analyzer: analyzer)
    context.filter = "b:=x && d:5 && c:=y"
    context.values = FieldVocabulary(["b": ["Acme"]], analyzer: analyzer)
    var read = 0
    for _ in 0..<5_000 {
      guard let rule = try? CurationRule(json: mutated(whole)) else { continue }
      read += 1
      #expect(try CurationRule(json: rule.json) == rule, "seed \(seed)")
      let set = try CurationSet(name: "s", items: [rule])
      _ = RuleIndex(set, analyzer: analyzer).plan(for: context)
    }
    #expect(read > 100)
  }
}

// SPDX-License-Identifier: Apache-2.0

import JSON
import Promotions
import Testing

struct WireTests {
  /// Compares as clients do, whatever the order of keys and the kind of number.
  private func sorted(_ json: JSON) -> JSON {
    switch json {
    case .object(let members):
      .object(members.map { JSON.Member($0.key, sorted($0.value)) }.sorted { $0.key < $1.key })
    case .array(let elements): .array(elements.map(sorted))
    case .double(let value): Int64(exactly: value).map { .int($0) } ?? json
    default: json
    }
  }

  @Test func aSetIsEchoedWithTheDefaultsOfTheWireFormat() throws {
    let body = try JSON(
      parsing: """
        {"items":[{"id":"customize-apple","rule":{"query":"apple","match":"exact"},
        "includes":[{"id":"422","position":1},{"id":"54","position":2}],
        "excludes":[{"id":"287"}]}]}
        """
    )
    let expected = try JSON(
      parsing: """
        {"items":[{"id":"customize-apple","rule":{"query":"apple","match":"exact"},
        "includes":[{"id":"422","position":1},{"id":"54","position":2}],
        "excludes":[{"id":"287"}],"filter_curated_hits":false,"remove_matched_tokens":false,
        "stop_processing":true}],"name":"products"}
        """
    )
    let set = try CurationSet(json: body, name: "products")
    #expect(sorted(set.json) == sorted(expected))
  }

  @Test func everyFieldSurvivesWritingAndReading() throws {
    let text = """
      {"id":"all","rule":{"query":"{brand} phone","match":"contains","filter_by":"store:={store}",
      "tags":["a","b"],"synonyms":true,"stem":true,"stemming_dictionary":"d"},
      "includes":[{"id":"1","position":3}],"excludes":[{"id":"2"}],
      "filter_by":"brand:={brand}","sort_by":"sales.{store}:desc","replace_query":"telephone",
      "remove_matched_tokens":true,"metadata":{"banner":{"x":1}},"filter_curated_hits":true,
      "stop_processing":false,"effective_from_ts":1,"effective_to_ts":2,
      "diversity":{"similarity_metric":[{"field":"tags","method":"jaccard","weight":0.7}]},
      "boosts":[{"filter_by":"brand:=A","factor":2}],
      "caps":[{"max":1,"within":10},{"max":2,"within":5,"filter_by":"brand:=B"}],
      "stock":{"available_by":"stock:>0","factor":0.5,"pins":"release"},
      "preserve_curated_positions":false}
      """
    let json = try JSON(parsing: text)
    let rule = try CurationRule(json: json)
    #expect(sorted(rule.json) == sorted(json))
    #expect(try CurationRule(json: rule.json) == rule)
    let outside = try JSON(
      parsing: #"{"id":"t","rule":{"query":"a","match":"exact"},"tags":["x"]}"#
    )
    let tagged = try CurationRule(json: outside)
    #expect(tagged.condition.tags == ["x"])
    #expect(tagged.json["tags"] == ["x"])
  }

  @Test(arguments: [
    (#"{"rule":{"query":"a","match":"exact"}}"#, "id"),
    (#"{"id":"r"}"#, "rule"),
    (#"{"id":"r","rule":{}}"#, "rule"),
    (#"{"id":"r","rule":{"query":"a"}}"#, "rule.match"),
    (#"{"id":"r","rule":{"match":"exact"}}"#, "rule.query"),
    (#"{"id":"r","rule":{"query":"a","match":"fuzzy"}}"#, "rule.match"),
    (#"{"id":"r","rule":{"filter_by":"brand"}}"#, "rule.filter_by"),
    (#"{"id":"r","rule":{"query":"{a} {a}","match":"exact"}}"#, "rule.query"),
    (#"{"id":"r","rule":{"tags":["t"]},"includes":[{"id":"1"}]}"#, "includes[0].position"),
    (
      #"{"id":"r","rule":{"tags":["t"]},"includes":[{"id":"1","position":0}]}"#,
      "includes[0].position"
    ),
    (
      #"{"id":"r","rule":{"tags":["t"]},"includes":[{"id":"1","position":1}],"excludes":[{"id":"1"}]}"#,
      "excludes[0].id"
    ),
    (#"{"id":"r","rule":{"tags":["t"]},"filter_by":"brand:={brand}"}"#, "filter_by"),
    (#"{"id":"r","rule":{"tags":["t"]},"metadata":3}"#, "metadata"),
    (
      #"{"id":"r","rule":{"tags":["t"]},"effective_from_ts":5,"effective_to_ts":4}"#,
      "effective_to_ts"
    ),
    (#"{"id":"r","rule":{"tags":["t"]},"boosts":[{"filter_by":"a:b"}]}"#, "boosts[0].factor"),
    (#"{"id":"r","rule":{"tags":["t"]},"caps":[{"max":2}]}"#, "caps[0].within"),
    (#"{"id":"r","rule":{"tags":["t"]},"stock":{"available_by":"s:>0","pins":"x"}}"#, "stock.pins"),
    (
      #"{"id":"r","rule":{"tags":["t"]},"diversity":{"similarity_metric":[{"field":"f"}]}}"#,
      "diversity.similarity_metric[0].method"
    ),
  ])
  func mistakesAreNamedWithTheirField(_ text: String, _ field: String) throws {
    let json = try JSON(parsing: text)
    let error = #expect(throws: CurationError.self) { try CurationRule(json: json) }
    #expect(error?.field == field)
    #expect(error?.message.contains(field) ?? false)
  }

  @Test func equalIdsInASetAreRefused() throws {
    let body = try JSON(
      parsing: #"{"items":[{"id":"a","rule":{"tags":["t"]}},{"id":"a","rule":{"tags":["t"]}}]}"#
    )
    let error = #expect(throws: CurationError.self) { try CurationSet(json: body, name: "s") }
    #expect(error?.field == "items[1].id")
  }
}

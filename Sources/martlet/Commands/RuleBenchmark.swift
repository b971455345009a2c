// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Foundation
import JSON
import Promotions
import SearchIndex
import SearchService

/// Measures how long rules take per search, for rule sets of several shapes.
struct RuleBenchmark {
  /// Rules and the searches that meet them.
  struct Scene {
    let name: String
    let rules: [String]
    let searches: [SearchContext]
  }

  private let count: Int
  private let analyzer: Analyzer
  private var state: UInt64 = 42

  /// Prepares scenes of `count` rules each.
  init(count: Int) throws {
    self.count = count
    analyzer = try Analyzer()
  }

  /// The figures of every scene.
  mutating func run() throws -> JSON {
    var report = [JSON.Member("rules", .int(Int64(count)))]
    for scene in try scenes() { report.append(JSON.Member(scene.name, try measure(scene))) }
    return .object(report)
  }

  /// SplitMix64, so that each run measures the same rules.
  private mutating func random(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((z ^ (z >> 31)) % UInt64(bound))
  }

  /// A word of a shop's vocabulary, the first ones far more frequent.
  private mutating func word() -> String { "word\(random(1 + random(5_000)))" }

  private mutating func words(_ most: Int) -> String {
    (0...random(most)).map { _ in word() }.joined(separator: " ")
  }

  private mutating func searches(
    _ change: (inout SearchContext, Int) -> Void = { _, _ in }
  ) -> [SearchContext] {
    (0..<2_000).map { number in
      var context = SearchContext(query: words(5), time: 1_000, analyzer: analyzer)
      change(&context, number)
      return context
    }
  }

  private func rule(_ number: Int, _ condition: String) -> String {
    let actions = #""includes":[{"id":"7","position":2}],"metadata":{"banner":"b"}"#
    return #"{"id":"r\#(number)","rule":{\#(condition)},\#(actions)}"#
  }

  /// As many rules as asked for, each with a condition made from its number.
  private func rules(_ condition: (Int) -> String) -> [String] {
    (0..<count).map { rule($0, condition($0)) }
  }

  private mutating func mixedRules() -> [String] {
    (0..<count).map { number in
      let query = words(2)
      return switch number % 10 {
      case 0..<4: rule(number, #""query":"\#(query)","match":"exact""#)
      case 4..<7: rule(number, #""query":"\#(query) \#(word())","match":"contains""#)
      case 7: rule(number, #""query":"{brand} \#(word())","match":"contains""#)
      case 8: rule(number, #""filter_by":"category:=[c\#(random(2_000)),c\#(random(2_000))]""#)
      default:
        rule(number, #""query":"\#(query)","match":"contains","filter_by":"price:<\#(random(99))""#)
      }
    }
  }

  private mutating func scenes() throws -> [Scene] {
    let mixed = mixedRules()
    let brands = FieldVocabulary(["brand": (0..<500).map { "word\($0 * 7)" }], analyzer: analyzer)
    let filters = (0..<2_000).map { _ in
      "category:=c\(random(2_000)) && price:[\(random(50))..\(50 + random(50))]"
    }
    let all = rules { _ in #""query":"*","match":"contains""# }
    let ranges = rules { #""filter_by":"price:[\#($0 % 100)..\#($0 % 100 + 5)]""# }
    return [
      Scene(
        name: "mixed",
        rules: mixed,
        searches: searches { context, number in
          context.values = brands
          if number % 2 == 0 { context.filter = filters[number] }
        }
      ),
      Scene(
        name: "one_query_many_filters",
        rules: rules { #""query":"*","match":"contains","filter_by":"category:=c\#($0)""# },
        searches: searches { $0.filter = filters[$1] }
      ),
      Scene(
        name: "many_price_ranges",
        rules: ranges,
        searches: searches { $0.filter = "price:[\(20 + $1 % 9)..\(21 + $1 % 9)]" }
      ),
      Scene(
        name: "many_price_ranges_none_fits",
        rules: ranges,
        searches: searches { $0.filter = "price:[\(20 + $1 % 9)..\(60 + $1 % 9)]" }
      ),
      Scene(
        name: "all_expired",
        rules: all.map { $0.dropLast() + #","effective_to_ts":9}"# },
        searches: searches()
      ),
      Scene(
        name: "many_negations",
        rules: rules { #""filter_by":"category:!=c\#($0)""# },
        searches: searches { $0.filter = "category:!=[c\($1),c\(20_000 + $1)]" }
      ),
      Scene(
        name: "many_tags",
        rules: rules { #""query":"*","match":"contains","tags":["t\#($0)"]"# },
        searches: searches { $0.tags = ["t\($1)", "t\($1 + 1)"] }
      ),
      Scene(
        name: "many_placeholders",
        rules: rules { #""query":"{brand} word\#($0 % 5000)","match":"contains""# },
        searches: searches { context, _ in context.values = brands }
      ),
      Scene(name: "all_match", rules: all, searches: searches()),
    ]
  }

  private func measure(_ scene: Scene) throws -> JSON {
    let items = try scene.rules.map { try CurationRule(json: JSON(parsing: $0)) }
    let set = try CurationSet(name: "bench", items: items)
    let started = DispatchTime.now().uptimeNanoseconds
    var index = RuleIndex(set, analyzer: analyzer)
    let build = DispatchTime.now().uptimeNanoseconds - started
    // A copy changes while searches go on in the one before, as in a server.
    let before = index
    var changed = items[items.count / 2]
    changed.sort = "price:asc"
    let changing = DispatchTime.now().uptimeNanoseconds
    index.put(changed, analyzer: analyzer)
    let change = DispatchTime.now().uptimeNanoseconds - changing
    precondition(before.count == index.count, "a rule that is replaced leaves as many")
    var best = [Double](repeating: .infinity, count: scene.searches.count)
    var triggered = 0
    for _ in 0..<4 {
      triggered = 0
      for (number, search) in scene.searches.enumerated() {
        let started = DispatchTime.now().uptimeNanoseconds
        let plan = index.plan(for: search)
        let nanoseconds = DispatchTime.now().uptimeNanoseconds - started
        best[number] = min(best[number], Double(nanoseconds) / 1000)
        triggered += plan.appliedRules.isEmpty ? 0 : 1
      }
    }
    let sorted = best.sorted()
    func rounded(_ value: Double) -> JSON { .double((value * 100).rounded() / 100) }
    return [
      "build_ms": rounded(Double(build) / 1e6), "change_one_ms": rounded(Double(change) / 1e6),
      "searches": .int(Int64(sorted.count)), "triggered": .int(Int64(triggered)),
      "mean_us": rounded(sorted.reduce(0, +) / Double(max(1, sorted.count))),
      "p50_us": rounded(Metrics.percentile(sorted, 0.5)),
      "p99_us": rounded(Metrics.percentile(sorted, 0.99)),
      "max_us": rounded(sorted.last ?? 0),
    ]
  }
}

// SPDX-License-Identifier: Apache-2.0

import Promotions
import SearchIndex
import Testing

struct ConflictTests {
  private func rules(_ actions: String...) throws -> RuleIndex {
    var items: [CurationRule] = []
    for (number, action) in actions.enumerated() {
      items.append(
        try rule(
          """
          {"id":"r\(number)","rule":{"query":"x","match":"contains"},"stop_processing":false,
          \(action)}
          """
        )
      )
    }
    return RuleIndex(try CurationSet(name: "set", items: items), analyzer: try Analyzer())
  }

  private func outcomes(_ plan: PromotionPlan) -> [String] {
    plan.explanation.map { "\($0.rule) \($0.action.rawValue) \($0.outcome.rawValue)" }
  }

  @Test func aTakenPositionSlidesToTheNext() throws {
    let plan = try rules(
      #""includes":[{"id":"1","position":2},{"id":"2","position":3}]"#,
      #""includes":[{"id":"3","position":2},{"id":"1","position":9}]"#
    ).plan(for: try search("x"))
    #expect(plan.pins.map(\.id) == ["1", "2", "3"])
    #expect(plan.pins.map(\.position) == [2, 3, 4])
    #expect(
      outcomes(plan) == ["r0 pin applied", "r0 pin applied", "r1 pin changed", "r1 pin lost"]
    )
    #expect(plan.explanation[2].detail == "document 3 at 4: rule r0 has 2")
  }

  @Test func manyPinsAtOnePlaceFollowEachOther() throws {
    let pinned = (0..<20_000).map { Include(id: "\($0)", position: $0 % 3 == 0 ? 1 : 2) }
    let rules = try rules(#""excludes":[{"id":"x"}]"#)
    let context = try search("y") { $0.pinnedHits = pinned + [Include(id: "z", position: .max)] }
    // One place after the other it would be hundreds of millions of steps.
    let plan = rules.plan(for: context)
    #expect(plan.pins.map(\.position) == Array(1...20_000) + [1_000_000])
  }

  @Test func whatIsPinnedIsNotHiddenLaterAndTheOtherWayRound() throws {
    let plan = try rules(
      #""includes":[{"id":"1","position":1}],"excludes":[{"id":"2"}]"#,
      #""includes":[{"id":"2","position":2}],"excludes":[{"id":"1"}]"#
    ).plan(for: try search("x"))
    #expect(plan.pins.map(\.id) == ["1"])
    #expect(plan.hiddenIDs == ["2"])
    #expect(outcomes(plan).suffix(2) == ["r1 pin lost", "r1 hide lost"])
  }

  @Test func theSearchsOwnPinsComeAfterRulesAndItsHiddenHitsLast() throws {
    let plan = try rules(#""includes":[{"id":"1","position":1},{"id":"2","position":2}]"#)
      .plan(
        for: try search("x") {
          $0.pinnedHits = [Include(id: "3", position: 1), Include(id: "2", position: 7)]
          $0.hiddenHits = ["1", "8"]
        }
      )
    #expect(plan.pins == [Pin(id: "2", position: 2), Pin(id: "3", position: 3)])
    #expect(plan.hiddenIDs == ["1", "8"])
  }

  @Test func oneRuleRewritesTheQueryAndOneSetsTheOrder() throws {
    let plan = try rules(
      #""replace_query":"y","sort_by":"a:asc""#,
      #""replace_query":"z","sort_by":"b:asc""#,
      #""filter_by":"c:=1""#,
      #""filter_by":"c:=1""#
    ).plan(for: try search("x w"))
    #expect(plan.query == "y")
    #expect(plan.sort == "a:asc")
    #expect(plan.filters == ["c:=1"])
    #expect(plan.combinedFilter(with: "") == "c:=1")
    #expect(plan.combinedFilter(with: "d:2") == "(d:2) && (c:=1)")
    #expect(outcomes(plan).count { $0.hasSuffix("lost") } == 4)
  }

  @Test func wordsTakenOutByRulesAddUpAndKeepTheRestAsTyped() throws {
    let index = try index(
      """
      {"id":"a","rule":{"query":"cheap","match":"contains"},"filter_by":"price:<10",
      "stop_processing":false}
      """,
      #"{"id":"b","rule":{"query":"red","match":"contains"},"filter_by":"color:=red"}"#
    )
    let plan = index.plan(for: try search("Cheap  RED \"Table Lamp\" -oak"))
    #expect(plan.query == "\"Table Lamp\" -oak")
    #expect(plan.filters == ["price:<10", "color:=red"])
    #expect(index.plan(for: try search("cheap red")).query == "*")
  }

  @Test func ofTwoFactorsForAFilterTheFirstCounts() throws {
    let plan = try rules(
      #""boosts":[{"filter_by":"brand:=A","factor":3}]"#,
      #""boosts":[{"filter_by":"brand:=A","factor":0.5},{"filter_by":"brand:=B","factor":0.5}]"#
    ).plan(for: try search("x"))
    #expect(
      plan.boosts == [Boost(filter: "brand:=A", factor: 3), Boost(filter: "brand:=B", factor: 0.5)]
    )
    #expect(outcomes(plan) == ["r0 boost applied", "r1 bury lost", "r1 bury applied"])
  }

  @Test func theLowerCapCountsAndTakesPins() throws {
    let plan = try rules(
      #""includes":[{"id":"1","position":1},{"id":"2","position":2},{"id":"3","position":30}]"#,
      #""caps":[{"max":2,"within":10}]"#,
      #""caps":[{"max":1,"within":10}]"#,
      #""caps":[{"max":5,"within":10}]"#
    ).plan(for: try search("x"))
    #expect(plan.caps == [Cap(most: 1, within: 10)])
    #expect(plan.pins.map(\.id) == ["1", "3"])
    #expect(plan.explanation.last?.rule == "r0")
    #expect(plan.explanation.last?.outcome == .lost)
  }

  @Test func stockDemotesAndReleasesPins() throws {
    let plan = try rules(
      #""includes":[{"id":"1","position":1}]"#,
      #""stock":{"available_by":"stock:>0","factor":0.2,"pins":"release"}"#,
      #""stock":{"available_by":"stock:>5","factor":0.1}"#
    ).plan(for: try search("x"))
    #expect(plan.boosts == [Boost(filter: "!(stock:>0)", factor: 0.2)])
    #expect(plan.pins == [Pin(id: "1", position: 1, requirement: "stock:>0")])
  }
}

// SPDX-License-Identifier: Apache-2.0

import JSON
import Promotions
import SearchIndex
import Testing

struct PlanTests {
  @Test func exactMatchesTheWholeQueryOnly() throws {
    let rules = try index(
      #"{"id":"a","rule":{"query":"Red Lamp","match":"exact"},"includes":[{"id":"7","position":1}]}"#
    )
    #expect(rules.plan(for: try search("red  LAMP")).pins == [Pin(id: "7", position: 1)])
    for other in ["red", "red lamp shade", "lamp red", "*", ""] {
      #expect(rules.plan(for: try search(other)) == PromotionPlan(), "\(other)")
    }
  }

  @Test func containsMatchesWordsInARow() throws {
    let rules = try index(
      #"{"id":"a","rule":{"query":"lamp","match":"contains"},"excludes":[{"id":"9"}]}"#
    )
    #expect(rules.plan(for: try search("big Lamp shade")).hiddenIDs == ["9"])
    #expect(rules.plan(for: try search("lamps")).hiddenIDs == [])
  }

  @Test func aStarIsTheQueryOfEverythingOrAnyQuery() throws {
    let exact = try index(#"{"id":"a","rule":{"query":"*","match":"exact"},"sort_by":"rank:desc"}"#)
    #expect(exact.plan(for: try search("*")).sort == "rank:desc")
    #expect(exact.plan(for: try search("lamp")).sort == nil)
    let any = try index(
      #"{"id":"a","rule":{"query":"*","match":"contains"},"sort_by":"rank:desc"}"#
    )
    #expect(any.plan(for: try search("*")).sort == "rank:desc")
    #expect(any.plan(for: try search("lamp")).sort == "rank:desc")
  }

  @Test func timeWindowsIncludeBothEnds() throws {
    let rules = try index(
      """
      {"id":"a","rule":{"query":"x","match":"exact"},"replace_query":"y",
      "effective_from_ts":10,"effective_to_ts":20}
      """
    )
    for (time, query) in [(9, nil), (10, "y"), (20, "y"), (21, nil)] as [(Int64, String?)] {
      #expect(rules.plan(for: try search("x", at: time)).query == query)
    }
  }

  @Test func placeholdersFilterAndTakeTheirWordsOut() throws {
    let rules = try index(
      #"{"id":"a","rule":{"query":"{brand} phone","match":"contains"},"filter_by":"brand:={brand}"}"#
    )
    let brands = try FieldVocabulary(["brand": ["Sony", "Sony Ericsson", "ACME"]])
    let plan = rules.plan(for: try search("new sony ericsson phone") { $0.values = brands })
    #expect(plan.filters == ["brand:=`Sony Ericsson`"])
    #expect(plan.query == "new")
    #expect(rules.plan(for: try search("nokia phone") { $0.values = brands }) == PromotionPlan())
    #expect(rules.plan(for: try search("sony phone")) == PromotionPlan())
  }

  @Test func aQueryThatIsAllTakenOutBecomesTheQueryOfEverything() throws {
    let rules = try index(
      """
      {"id":"a","rule":{"query":"{store}","match":"exact"},"remove_matched_tokens":true,
      "sort_by":"sales.{store}:desc, inventory.{store}:desc"}
      """
    )
    let stores = try FieldVocabulary(["store": ["store01"]])
    let plan = rules.plan(for: try search("Store01") { $0.values = stores })
    #expect(plan.query == "*")
    #expect(plan.sort == "sales.store01:desc, inventory.store01:desc")
  }

  @Test func placeholdersInFilterConditionsTakeTheSearchsValue() throws {
    let rules = try index(
      #"{"id":"a","rule":{"filter_by":"store:={store}"},"sort_by":"sales.{store}:desc"}"#
    )
    let plan = rules.plan(for: try search("tv") { $0.filter = "price:<9 && store:=Store01" })
    #expect(plan.sort == "sales.Store01:desc")
    #expect(plan.query == nil)
    #expect(rules.plan(for: try search("tv") { $0.filter = "store:=[a,b]" }) == PromotionPlan())
    let odd = rules.plan(for: try search("tv") { $0.filter = "store:=`a:asc,b`" })
    #expect(odd.sort == nil)
    #expect(odd.explanation.map(\.outcome) == [.skipped])
  }

  @Test func filterConditionsHoldForNarrowerSearches() throws {
    let rules = try index(
      #"{"id":"a","rule":{"filter_by":"category:=[Shoes,Boots]"},"metadata":{"banner":"sale"}}"#
    )
    let narrow = try search("red") { $0.filter = "(category:=Shoes) && (price:<50)" }
    #expect(rules.plan(for: narrow).metadata == ["banner": "sale"])
    #expect(rules.plan(for: try search("red") { $0.filter = "price:<50" }).metadata == nil)
    #expect(rules.plan(for: try search("red") { $0.filter = "category:=[" }).metadata == nil)
  }

  @Test func tagsChooseRulesAllBeforeAny() throws {
    func tagged(_ id: String, _ tags: String, stop: Bool = false) -> String {
      """
      {"id":"\(id)","rule":{"query":"x","match":"exact","tags":[\(tags)]},
      "stop_processing":\(stop),"excludes":[{"id":"\(id)"}]}
      """
    }
    let rules = try index(
      tagged("a", #""A""#),
      tagged("b", #""A","B""#),
      tagged("c", ""),
      tagged("d", #""C""#)
    )
    func applied(_ tags: [String]) throws -> [String] {
      rules.plan(for: try search("x") { $0.tags = tags }).appliedRules
    }
    #expect(try applied([]) == ["c"])
    #expect(try applied(["A"]) == ["a", "b"])
    #expect(try applied(["A", "B"]) == ["b", "a"])
    #expect(try applied(["C", "Z"]) == ["d"])
    let alone = try index(#"{"id":"t","rule":{"tags":["T"]},"sort_by":"rank:asc"}"#)
    #expect(alone.plan(for: try search("any") { $0.tags = ["T"] }).sort == "rank:asc")
    #expect(alone.plan(for: try search("any")).sort == nil)
  }

  @Test func rulesRunInOrderOfTheirIdsUntilOneStops() throws {
    func hiding(_ id: String, stop: Bool) -> String {
      """
      {"id":"\(id)","rule":{"query":"x","match":"contains"},"stop_processing":\(stop),
      "excludes":[{"id":"\(id)"}]}
      """
    }
    let rules = try index(
      hiding("c", stop: false),
      hiding("b", stop: true),
      hiding("a", stop: false)
    )
    #expect(rules.plan(for: try search("x y")).appliedRules == ["a", "b"])
    let plan = rules.plan(for: try search("x y") { $0.explainsUnreached = true })
    #expect(plan.appliedRules == ["a", "b"])
    #expect(plan.explanation.last?.rule == "c")
    #expect(plan.explanation.last?.outcome == .skipped)
  }

  @Test func synonymsCountOnlyIfNoRuleMatchesTheWords() throws {
    let rules = try index(
      """
      {"id":"a","rule":{"query":"credit card","match":"exact","synonyms":true},
      "includes":[{"id":"4","position":1}]}
      """,
      #"{"id":"b","rule":{"query":"credit card","match":"exact"},"excludes":[{"id":"5"}]}"#,
      #"{"id":"c","rule":{"query":"cc","match":"exact"},"excludes":[{"id":"6"}]}"#
    )
    let variants = [["credit", "card"]]
    let plan = rules.plan(for: try search("payment card") { $0.synonymTerms = variants })
    #expect(plan.appliedRules == ["a"])
    #expect(rules.plan(for: try search("cc") { $0.synonymTerms = variants }).appliedRules == ["c"])
  }

  @Test func stemsAreComparedWhereARuleAsks() throws {
    let set = try CurationSet(
      name: "s",
      items: [
        rule(#"{"id":"a","rule":{"query":"shoes","match":"exact","stem":true},"sort_by":"a:asc"}"#),
        rule(
          """
          {"id":"b","rule":{"query":"People","match":"exact","stem":true,
          "stemming_dictionary":"d"},"sort_by":"b:asc"}
          """
        ),
      ]
    )
    let stemmer = RuleStemmer(dictionaries: ["d": ["people": "person"]])
    let rules = RuleIndex(set, analyzer: try Analyzer(), stemmer: stemmer)
    #expect(rules.plan(for: try search("shoe")).sort == "a:asc")
    #expect(rules.plan(for: try search("Person")).sort == "b:asc")
    #expect(rules.plan(for: try search("ponies")).sort == nil)
    #expect(stemmer.stem("ponies", dictionary: nil) == "pony")
    #expect(stemmer.stem("glass", dictionary: nil) == "glass")
  }

  @Test func excludedWordsAndLoneSignsAreNotMatched() throws {
    let rules = try index(
      #"{"id":"a","rule":{"query":"red","match":"contains"},"filter_by":"color:=red"}"#,
      #"{"id":"b","rule":{"query":"*","match":"exact"},"sort_by":"rank:asc"}"#
    )
    for query in ["lamp -red", #"lamp -"very red""#, "lamp -red-ish"] {
      #expect(rules.plan(for: try search(query)) == PromotionPlan(), "\(query)")
    }
    #expect(rules.plan(for: try search("wi-red")).appliedRules == ["a"])
    #expect(rules.plan(for: try search(#""so -red" lamp"#)).appliedRules == ["a"])
    #expect(rules.plan(for: try search("red -blue")).query == "-blue")
    #expect(rules.plan(for: try search("!?")).appliedRules == [])
    #expect(rules.plan(for: try search("")).appliedRules == ["b"])
  }

  @Test func longQueriesMatchTheirBeginning() throws {
    let filler = String(repeating: "x ", count: 64)
    let rules = try index(
      #"{"id":"a","rule":{"query":"red","match":"contains"},"excludes":[{"id":"1"}]}"#,
      #"{"id":"b","rule":{"query":"\#(filler)","match":"exact"}}"#
    )
    #expect(rules.plan(for: try search("red " + filler)).hiddenIDs == ["1"])
    #expect(rules.plan(for: try search(filler + "red")) == PromotionPlan())
    #expect(rules.plan(for: try search(filler)).appliedRules == ["b"])
  }

  @Test func metadataOfSeveralRulesIsMerged() throws {
    let rules = try index(
      """
      {"id":"a","rule":{"query":"x","match":"exact"},"stop_processing":false,
      "metadata":{"p":1,"q":2}}
      """,
      #"{"id":"b","rule":{"query":"x","match":"exact"},"metadata":{"q":3,"r":4}}"#
    )
    let plan = rules.plan(for: try search("x"))
    #expect(plan.metadata == ["p": 1, "q": 2, "r": 4])
    #expect(plan.explanation.contains { $0.rule == "b" && $0.outcome == .lost })
  }
}

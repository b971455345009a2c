// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import Promotions
import SearchIndex
import Testing

/// Rules at work on a real collection.
struct PromotedSearchTests {
  /// 600 products; number n has brand B0...B5, stock n mod 4 and a shorter title the smaller n is.
  private func withShop(_ body: (Snapshot) throws -> Void) throws {
    let directory = NSTemporaryDirectory() + "martlet-test-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let store = try IndexStore(directory: directory)
    var facet = Field(name: "brand", type: .string)
    facet.facet = true
    var tags = Field(name: "tags", type: .strings)
    tags.facet = true
    let schema = CollectionSchema(
      name: "shop",
      fields: [
        Field(name: "title", type: .string), facet, tags, Field(name: "stock", type: .int32),
        Field(name: "price", type: .int32),
      ]
    )
    let collection = try store.createCollection(schema)
    let documents = (0..<600).map { number -> DocumentOperation in
      let filler = (0..<(number / 20)).map { "w\($0)" }.joined(separator: " ")
      return DocumentOperation(
        .create,
        [
          "id": .string("\(number)"), "title": .string("lamp \(filler)"),
          "brand": .string(number == 599 ? "Rare Brand" : "B\(number % 6)"),
          "tags": .array([.string("t\(number % 3)"), "all"]),
          "stock": .int(Int64(number % 4)), "price": .int(Int64(number)),
        ]
      )
    }
    _ = try collection.write(documents)
    try body(collection.snapshot)
  }

  private func run(
    _ snapshot: Snapshot,
    _ actions: String,
    query: String = "lamp",
    offset: Int = 0,
    limit: Int = 10,
    change: (inout SearchRequest) -> Void = { _ in }
  ) throws -> (ids: [String], plan: PromotionPlan) {
    let rules = try index(
      #"{"id":"r","rule":{"query":"*","match":"contains"},\#(actions)}"#
    )
    var request = SearchRequest()
    request.query = query
    request.fields = [SearchRequest.QueryField(name: "title")]
    (request.offset, request.limit) = (offset, limit)
    change(&request)
    var context = try SearchContext(query: query, time: 0)
    context.filter = request.filter
    let search = try PromotedSearch(rules.plan(for: context), of: request, in: snapshot)
    let recall = try snapshot.recall(search.request, window: search.window)
    let pool = try search.pool(of: recall, in: snapshot)
    let result = try snapshot.result(of: recall, order: search.order(pool, in: snapshot))
    return (result.hits.map { $0.id + ($0.isPinned ? "*" : "") }, search.plan)
  }

  @Test func pinsAndHiddenHits() throws {
    try withShop { shop in
      let pins = #""includes":[{"id":"500","position":2},{"id":"none","position":3},"#
      let actions = pins + #"{"id":"501","position":4}],"excludes":[{"id":"1"}]"#
      #expect(try run(shop, actions).ids.prefix(6) == ["0", "500*", "2", "501*", "3", "4"])
      let slid = actions + #","preserve_curated_positions":false"#
      let (ids, plan) = try run(shop, slid)
      #expect(ids.prefix(4) == ["0", "500*", "501*", "2"])
      #expect(plan.explanation.last?.detail == "document none does not exist")
    }
  }

  @Test func filteredAndReleasedPins() throws {
    try withShop { shop in
      let pins = #""includes":[{"id":"500","position":1},{"id":"502","position":2}]"#
      let inStock: (inout SearchRequest) -> Void = { $0.filter = "stock:>0" }
      #expect(try run(shop, pins, change: inStock).ids.prefix(3) == ["500*", "502*", "1"])
      let filtered = pins + #","filter_curated_hits":true"#
      #expect(try run(shop, filtered, change: inStock).ids.prefix(3) == ["1", "502*", "2"])
      let stock = #","stock":{"available_by":"stock:>0","factor":0,"pins":"release"}"#
      let (ids, plan) = try run(shop, pins + stock)
      #expect(ids.prefix(4) == ["1", "502*", "2", "3"])
      #expect(plan.explanation.last?.detail == "document 500 does not satisfy its filter")
    }
  }

  @Test func aBoostLiftsWhatStandsFarDown() throws {
    try withShop { shop in
      let plain = try run(shop, #""sort_by":"""#)
      #expect(plain.ids.prefix(3) == ["0", "1", "2"])
      let boost = #""boosts":[{"filter_by":"brand:=Rare Brand","factor":1000}]"#
      #expect(try run(shop, boost).ids.prefix(3) == ["599", "0", "1"])
      #expect(try run(shop, boost, query: "*").ids.first == "599")
      let bury = #""boosts":[{"filter_by":"brand:=B0","factor":0.01}]"#
      #expect(try run(shop, bury).ids.prefix(6) == ["1", "2", "3", "4", "5", "7"])
      let (ids, plan) = try run(shop, boost) { $0.sort = "price:asc" }
      #expect(ids.first == "0")
      #expect(plan.explanation.last?.detail == "results are sorted by price:asc")
    }
  }

  @Test func capsHoldAcrossPinsAndPages() throws {
    try withShop { shop in
      let rule = """
        "includes":[{"id":"599","position":3}],
        "boosts":[{"filter_by":"brand:=[B1,B2]","factor":50}],
        "caps":[{"max":3,"within":8},{"max":1,"within":8,"filter_by":"brand:=B0"}]
        """
      let first = try run(shop, rule, limit: 8).ids
      #expect(first[2] == "599*")
      let numbers = first.compactMap { Int($0) }
      #expect(numbers.count { [1, 2].contains($0 % 6) } == 2)
      #expect(numbers.count { $0 % 6 == 0 } == 1)
      for limit in [7, 40] {
        var paged: [String] = []
        for offset in stride(from: 0, to: 600, by: limit) {
          paged += try run(shop, rule, offset: offset, limit: limit).ids
        }
        #expect(paged.count == 600)
        #expect(Set(paged.map { $0.replacing("*", with: "") }).count == 600)
        #expect(Array(paged.prefix(8)) == first)
      }
    }
  }

  @Test func aRuleThatDoesNotFitTheSchemaHarmsNoSearch() throws {
    try withShop { shop in
      let plain = try run(shop, #""metadata":{}"#).ids
      for action in [
        #""filter_by":"color:=red""#, #""sort_by":"color:asc""#,
        #""boosts":[{"filter_by":"color:=red","factor":2}]"#,
        #""boosts":[{"filter_by":"price:=cheap","factor":2}]"#,
        #""caps":[{"filter_by":"color:=red","max":0,"within":9}]"#,
        #""stock":{"available_by":"left:>0","factor":0,"pins":"release"}"#,
      ] {
        let (ids, plan) = try run(shop, action)
        #expect(ids == plain, "\(action)")
        #expect(plan.explanation.last?.outcome == .skipped, "\(action)")
      }
      let pins = #""includes":[{"id":"9","position":1}],"#
      let stock = #""stock":{"available_by":"left:>0","factor":0,"pins":"release"}"#
      #expect(try run(shop, pins + stock).ids.first == "9*")
      #expect(throws: IndexError.self) { try run(shop, pins + stock) { $0.filter = "color:=red" } }
    }
  }

  @Test func resultsAreSpread() throws {
    try withShop { shop in
      let metric = #"{"field":"brand","method":"equality","weight":1}"#
      let rule = #""diversity":{"similarity_metric":[\#(metric)]}"#
      let ids = try run(shop, rule, limit: 7).ids.compactMap { Int($0) }
      #expect(Set(ids.prefix(6).map { $0 % 6 }).count == 6)
    }
  }

  @Test func placeholdersTakeTheCollectionsValues() throws {
    try withShop { shop in
      let rules = try index(
        #"{"id":"r","rule":{"query":"{brand}","match":"contains"},"filter_by":"brand:={brand}"}"#
      )
      let values = CollectionValues()
      var context = try SearchContext(query: "rare  brand Lamp", time: 0)
      context.values = try values.values(of: rules.placeholderFields, in: shop)
      let plan = rules.plan(for: context)
      #expect(plan.query == "Lamp")
      var request = SearchRequest()
      request.fields = [SearchRequest.QueryField(name: "title")]
      let search = try PromotedSearch(plan, of: request, in: shop)
      #expect(try shop.search(search.request).hits.map(\.id) == ["599"])
    }
  }

  @Test func synonymsReachRulesThatHeedThem() throws {
    let rules = try index(
      """
      {"id":"r","rule":{"query":"credit card","match":"exact","synonyms":true},
      "includes":[{"id":"4","position":1}]}
      """
    )
    let tables = try [
      SynonymTable([Synonym(words: ["credit card", "payment card", "CC"])]),
      SynonymTable([Synonym(words: ["kreditkarte", "credit card"])]),
      SynonymTable([Synonym(words: ["lamp", "light"])]),
    ]
    for (query, count) in [("cc", 1), ("Payment Card", 1), ("Kreditkarte", 1), ("card", 0)] {
      var context = try SearchContext(query: query, time: 0)
      for table in tables { context.heed(table) }
      #expect(rules.plan(for: context).pins.count == count, "\(query)")
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import JSON
import SearchIndex
import SearchService
import Testing

@testable import SearchAPI

/// No value of a parameter makes a server's error, and none a trap, which would end these tests.
@Suite struct ExtremeParameterTests {
  private static let parameters = [
    "q", "query_by", "query_by_weights", "prefix", "num_typos", "filter_by", "sort_by", "facet_by",
    "facet_query", "facet_query_num_typos", "facet_return_parent", "max_facet_values", "page",
    "per_page", "offset", "limit", "limit_hits", "group_by", "group_limit", "group_missing_values",
    "include_fields", "exclude_fields", "highlight_fields", "highlight_full_fields",
    "highlight_affix_num_tokens", "snippet_threshold", "pinned_hits", "hidden_hits", "infix",
    "typo_tokens_threshold", "drop_tokens_threshold", "drop_tokens_mode", "split_join_tokens",
    "min_len_1typo", "min_len_2typo", "max_candidates", "exhaustive_search", "search_cutoff_ms",
    "diversity_lambda", "rank_budget_ms", "rank_profile", "stopwords", "synonym_sets", "with_hits",
  ]
  private static let values = [
    "-1", "0", "1", "nan", "-inf", "inf", "1e308", "9223372036854775807", "-9223372036854775808",
    "99999999999999999999", "\0", ",", "::", "(((", "]", "*", "true", "`", "brand", "price",
    "both_sides:9223372036854775807", "both_sides:-9223372036854775808",
    "brand:9223372036854775807", "0:9223372036854775807", "price(a:[nan,nan], b:[inf,-inf])",
    "_text_match(buckets: 9223372036854775807):desc",
    "_text_match(bucket_size: 9223372036854775807):asc", "_text_match(buckets: -1):asc",
    "_text_match(buckets: 2):desc,_text_match(bucket_size: 1):asc",
    "_eval([(price:>1):9223372036854775807]):desc", "_rand(18446744073709551615):asc",
    "price(origin: 1e308, func: gauss, scale: 5e-324, offset: 1e308, decay: 0.5):asc",
    "place(90, 180, precision: 0.0000001 km, exclude_radius: 99999999999 mi):asc",
    "price:[1e308..-1e308]", "stock:>9223372036854775807", "stock:[-9223372036854775808..0]",
    "place:(0, 0, 1e300 km)", "place:(1, 1, 1, 1, 1, 1)",
  ]

  private static func filled() throws -> Shop {
    let shop = try Shop()
    let schema = """
      {"name":"shop","fields":[{"name":"title","type":"string","infix":true},\
      {"name":"brand","type":"string","facet":true},{"name":"price","type":"float","facet":true},\
      {"name":"stock","type":"int64","facet":true},{"name":"place","type":"geopoint"}]}
      """
    #expect(try shop.send("POST", "/collections", schema).status == 201)
    for number in 0..<12 {
      let document = """
        {"id":"\(number)","title":"red lamp of \(number)","brand":"b\(number % 3)",\
        "price":\(number).5,"stock":\(number),"place":[\(number), \(number)]}
        """
      let status = try shop.send("POST", "/collections/shop/documents", document).status
      #expect(status == 201)
    }
    return shop
  }

  @Test(arguments: [
    ["q": "red lamp", "query_by": "title"],
    [
      "q": "*", "query_by": "title,brand", "facet_by": "brand,price", "group_by": "brand",
      "sort_by": "price:asc", "facet_query": "brand:b",
    ],
    ["q": "rde lmap", "query_by": "title", "infix": "always", "split_join_tokens": "always"],
  ]) func searchesTakeAnyValue(base: [String: String]) throws {
    let shop = try Self.filled()
    for name in Self.parameters {
      for value in Self.values {
        let query = base.merging([name: value]) { $1 }
        let (status, text) = try shop.send(
          "GET",
          "/collections/shop/documents/search",
          query: query
        )
        #expect(status < 500, "\(name)=\(value): \(text.prefix(200))")
      }
    }
  }

  @Test func otherReadsTakeAnyValue() throws {
    let shop = try Self.filled()
    let paths = shop.api.table.routes.filter { $0.method == "GET" && $0.path != "/metrics.json" }
      .map(\.path)
    for path in paths {
      let place = path.split(separator: "/").map { part in
        part == ":collection" || part == ":name" ? "shop" : part == ":id" ? "1" : String(part)
      }.joined(separator: "/")
      for name in ["limit", "offset", "diversity", "vectors", "filter_by", "id", "with_hits", "q"] {
        for value in Self.values {
          let query = ["collection": "shop", "id": "1", "user_id": "ann", "q": "r"]
            .merging([name: value]) { $1 }
          let status = try shop.send("GET", place, query: query).status
          #expect(status < 500 || status == 503, "\(place) \(name)=\(value)")
        }
      }
    }
  }

  @Test func numbersOfTimeAreAny() throws {
    for (text, microseconds) in [
      ("nan", nil), ("-inf", 0), ("inf", 10_000_000), ("1e308", 10_000_000), ("2.5", 2500),
    ] as [(String, Int?)] {
      #expect(try SearchParameters(["rank_budget_ms": text]).rankingBudget == microseconds)
    }
  }

  /// What a request of some kilobytes may ask for does not grow beyond measure.
  @Test func listsAndTagsAreBounded() throws {
    let many = Array(repeating: "title", count: 1001).joined(separator: ",")
    for name in [
      "query_by", "facet_by", "group_by", "include_fields", "exclude_fields", "highlight_fields",
    ] {
      #expect(throws: IndexError.self, "\(name)") { try SearchParameters([name: many]) }
    }
    let long = String(repeating: "x", count: 1001)
    for name in ["highlight_start_tag", "highlight_end_tag"] {
      #expect(throws: IndexError.self, "\(name)") { try SearchParameters([name: long]) }
    }
  }

  @Test func candidatesAreFewerTheMoreFieldsThereAre() throws {
    func limit(_ fields: Int, _ more: [String: String] = ["max_candidates": "1000"]) throws -> Int {
      let names = (0..<fields).map { "f\($0)" }.joined(separator: ",")
      return try SearchParameters(["query_by": names].merging(more) { $1 }).request.candidateLimit
    }
    #expect(try [1, 4, 20, 1000].map { try limit($0) } == [1000, 1000, 200, 16])
    #expect(try limit(1000, [:]) == 16)
    #expect(try limit(40, ["exhaustive_search": "true"]) == 100)
  }
}

// SPDX-License-Identifier: Apache-2.0

import HTTPServer
import JSON
import SearchIndex
import SearchService

/// Suggestions for a search box.
extension SearchAPI {
  static let suggestRoutes: [Route] = [
    Route(
      "GET",
      "/x/suggest",
      "documents:search",
      "Suggests what a shopper is about to type.",
      query: [
        "q", "collection", "limit", "user_id", "session_id", "filter_by", "with_hits", "query_by",
      ],
      suggest
    )
  ]

  @Sendable
  private static func suggest(_ call: Call) throws -> HTTPResponse {
    let query = call.request.query
    var request = SuggestionRequest()
    request.query = query["q"] ?? ""
    request.collection = query["collection"] ?? ""
    request.limit = try call.integer("limit") ?? request.limit
    request.shopper = query["user_id"] ?? call.request.headers["x-typesense-user-id"] ?? ""
    request.session = query["session_id"] ?? ""
    request.filter = query["filter_by"] ?? ""
    let granted = try call.granted(["collection": request.collection])
    let schema = try granted.engine.collection(named: request.collection).snapshot.schema
    request.filter = try granted.grant.joining(request.filter, on: schema)
    let suggestions = try granted.engine.suggest(request).map { suggestion -> JSON in
      var members: [JSON.Member] = [
        JSON.Member("text", .string(suggestion.text)),
        JSON.Member("highlighted", .string(suggestion.highlighted)),
        JSON.Member("kind", .string(suggestion.kind)),
        JSON.Member("score", .double(suggestion.score)),
        JSON.Member("count", .int(Int64(suggestion.count))),
      ]
      if let category = suggestion.category {
        members.append(JSON.Member("category", .string(category)))
      }
      return .object(members)
    }
    var answer = [JSON.Member("suggestions", .array(suggestions))]
    if let hits = try call.integer("with_hits"), hits > 0 {
      var parameters = query.filter { $0.key != "user_id" }
      parameters["per_page"] = "\(min(hits, 50))"
      parameters["enable_analytics"] = "false"
      let found = ResultJSON.json(try granted.search(parameters))
      answer.append(JSON.Member("hits", found["hits"] ?? []))
      answer.append(JSON.Member("found", found["found"] ?? 0))
    }
    return .json(.object(answer))
  }
}

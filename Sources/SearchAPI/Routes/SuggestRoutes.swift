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
    var writer = JSONWriter(capacity: 2 << 10)
    writer.append(#"{"suggestions":"#)
    writer.writeArray(try granted.engine.suggest(request)) { writer, suggestion in
      write(suggestion, to: &writer)
    }
    if let hits = try call.integer("with_hits"), hits > 0 {
      var parameters = query.filter { $0.key != "user_id" }
      parameters["per_page"] = "\(min(hits, 50))"
      parameters["enable_analytics"] = "false"
      let answer = try granted.search(parameters)
      writer.append(#","hits":"#)
      ResultJSON.writeHits(answer, to: &writer)
      writer.append(#","found":"#)
      writer.write(answer.result.found)
    }
    writer.append("}")
    return HTTPResponse(body: writer.bytes)
  }

  private static func write(_ suggestion: Suggestion, to writer: inout JSONWriter) {
    writer.append(#"{"text":"#)
    writer.write(suggestion.text)
    writer.append(#","highlighted":"#)
    writer.write(suggestion.highlighted)
    writer.append(#","kind":"#)
    writer.write(suggestion.kind)
    writer.append(#","score":"#)
    writer.write(suggestion.score)
    writer.append(#","count":"#)
    writer.write(suggestion.count)
    if let category = suggestion.category {
      writer.append(#","category":"#)
      writer.write(category)
    }
    writer.append("}")
  }
}

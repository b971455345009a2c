// SPDX-License-Identifier: Apache-2.0

import HTTPServer
import JSON
import SearchIndex
import SearchService

/// Searches, one or many.
extension SearchAPI {
  /// Searches in one request at most.
  private static let multiSearchLimit = 50

  static let searchRoutes: [Route] = [
    Route(
      "GET",
      "/collections/:collection/documents/search",
      "documents:search",
      "Searches a collection.",
      query: searchParameters
    ) { call in
      var parameters = call.request.query
      parameters["collection"] = call["collection"]
      return HTTPResponse(body: ResultJSON.bytes(try call.search(parameters)))
    },
    Route(
      "POST",
      "/multi_search",
      "multi_search",
      "Answers several searches.",
      query: searchParameters,
      example: ["searches": [["collection": "products", "q": "lamp", "query_by": "title"]]],
      work: .inline,
      multiSearch
    ),
  ]

  /// Parameters for the documents; more are known.
  static let searchParameters = [
    "q", "query_by", "filter_by", "sort_by", "facet_by", "per_page", "page", "include_fields",
  ]

  @Sendable
  private static func multiSearch(_ call: Call) throws -> HTTPResponse {
    let body = try call.body()
    guard let searches = body["searches"]?.array else {
      throw IndexError(.invalid, "Missing `searches` array.")
    }
    let text = call.request.query["limit_multi_searches"]
    let limit = min(text.flatMap { Int($0) } ?? multiSearchLimit, multiSearchLimit)
    guard searches.count <= limit else {
      throw IndexError(.invalid, "Number of multi searches exceeds `\(limit)`.")
    }
    let merged = searches.map { search in
      var parameters = call.request.query
      for member in search.object ?? [] { parameters[member.key] = Engine.text(member.value) }
      return parameters
    }
    if body["union"]?.bool == true {
      return HTTPResponse(body: ResultJSON.bytes(try call.union(merged)))
    }
    var writer = JSONWriter(capacity: 16 << 10)
    writer.append(#"{"results":"#)
    writer.writeArray(merged) { writer, parameters in
      do {
        ResultJSON.write(try call.granted(parameters).search(parameters), to: &writer)
      } catch {
        let (status, message) = HTTPResponse.describe(error)
        writer.write(["code": .int(Int64(status)), "error": .string(message)])
      }
    }
    writer.append("}")
    return HTTPResponse(body: writer.bytes)
  }
}

extension Call {
  /// One search, within the server's time limit.
  func search(_ parameters: [String: String]) throws -> Answer {
    try engine.search(limited(parameters), grant)
  }

  /// Several searches as one; the page is that of the URL.
  func union(_ searches: [[String: String]]) throws -> UnionAnswer {
    let granted = try searches.map { (limited($0), try self.granted($0).grant) }
    return try engine.union(granted, page: request.query)
  }

  private func limited(_ parameters: [String: String]) -> [String: String] {
    guard parameters["search_cutoff_ms"]?.isEmpty ?? true else { return parameters }
    return parameters.merging(["search_cutoff_ms": "\(api.options.searchCutoff)"]) { $1 }
  }

  /// The call with the grant for one of several searches, which may bring its own key.
  func granted(_ parameters: [String: String]) throws -> Call {
    var grant = grant
    if let key = parameters["x-typesense-api-key"],
      let own = engine.keys.grant(key, now: Engine.now)
    {
      grant = own
    }
    guard grant.allows("documents:search", collection: parameters["collection"] ?? "") else {
      throw APIError(
        status: 401,
        message: "Forbidden - a valid `x-typesense-api-key` header must be sent."
      )
    }
    return Call(api: api, request: request, values: values, grant: grant)
  }
}

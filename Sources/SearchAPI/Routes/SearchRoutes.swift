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

  /// Parameters for the documents.
  static let searchParameters = [
    "q", "query_by", "query_by_weights", "prefix", "infix", "pre_segmented_query", "filter_by",
    "sort_by", "facet_by", "facet_query", "facet_query_num_typos", "max_facet_values",
    "facet_return_parent", "facet_sample_percent", "facet_sample_threshold",
    "facet_sample_slope", "per_page", "page", "offset", "limit", "limit_hits", "group_by",
    "group_limit", "group_missing_values", "include_fields", "exclude_fields",
    "highlight_fields", "highlight_full_fields", "highlight_start_tag", "highlight_end_tag",
    "highlight_affix_num_tokens", "snippet_threshold", "enable_highlight_v1", "num_typos",
    "min_len_1typo", "min_len_2typo", "typo_tokens_threshold", "drop_tokens_threshold",
    "drop_tokens_mode", "split_join_tokens", "max_candidates", "exhaustive_search",
    "enable_typos_for_numerical_tokens", "enable_typos_for_alpha_numerical_tokens",
    "pinned_hits", "hidden_hits", "filter_curated_hits", "enable_curations", "curation_sets",
    "curation_tags", "preserve_curated_positions", "diversity_lambda", "synonym_sets",
    "enable_synonyms", "stopwords", "preset", "validate_field_names", "search_cutoff_ms",
    "enable_analytics", "analytics_tag", "x-typesense-user-id", "session_id", "rank_profile",
    "rank_budget_ms", "explain",
  ]

  @Sendable
  private static func multiSearch(_ call: Call) throws -> HTTPResponse {
    let body = try call.multiSearchBody()
    guard let searches = body["searches"]?.array else {
      throw IndexError(.invalid, "Missing `searches` array.")
    }
    let limit =
      call.grant.applied(to: call.request.query)["limit_multi_searches"]
      .flatMap { Int($0) }.map { min(max(0, $0), multiSearchLimit) } ?? multiSearchLimit
    guard searches.count <= limit else {
      throw IndexError(.invalid, "Number of multi searches exceeds `\(limit)`.")
    }
    let merged = searches.map { search in
      var parameters = call.request.query
      for member in search.object ?? [] { parameters[member.key] = Engine.text(member.value) }
      return parameters
    }
    if body["union"]?.bool == true || body["union"]?.string == "true" {
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
    try engine.search(limited(parameters), grant, client: request.client)
  }

  /// Several searches as one; the page is that of the URL.
  func union(_ searches: [[String: String]]) throws -> UnionAnswer {
    let granted = try searches.map { (limited($0), try self.granted($0).grant) }
    return try engine.union(granted, page: request.query, client: request.client)
  }

  /// Several searches: the body, or where it has none those of the preset that the URL names.
  func multiSearchBody() throws -> JSON {
    let body = try body()
    guard body["searches"] == nil, let name = request.query["preset"],
      let preset = engine.settings.value(.preset, name)?["value"], preset["searches"] != nil
    else { return body }
    return preset
  }

  private func limited(_ parameters: [String: String]) -> [String: String] {
    var limited = parameters
    if limited["search_cutoff_ms"]?.isEmpty ?? true {
      limited["search_cutoff_ms"] = "\(api.options.searchCutoff)"
    }
    if limited["x-typesense-user-id"] == nil, let user = request.headers["x-typesense-user-id"] {
      limited["x-typesense-user-id"] = user
    }
    return limited
  }

  /// The call with the grant for one of several searches, which may bring its own key.
  func granted(_ parameters: [String: String]) throws -> Call {
    var grant = grant
    if let key = parameters["x-typesense-api-key"] {
      guard let own = engine.keys.grant(key, now: Engine.now) else { throw APIError.forbidden }
      grant = own
    }
    guard grant.allows("documents:search", collection: parameters["collection"] ?? "") else {
      throw APIError.forbidden
    }
    return Call(api: api, request: request, values: values, grant: grant)
  }
}

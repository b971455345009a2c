// SPDX-License-Identifier: Apache-2.0

public import SearchIndex

/// The search parameters of the wire format, read into a request.
///
/// Parameters that are not known are ignored, as clients pass their own through.
public struct SearchParameters: Sendable {
  /// What they ask of the index.
  public var request = SearchRequest()
  /// The query as sent.
  public let query: String
  /// Hits per page, 0...250.
  public private(set) var perPage: Int
  /// The page, from 1.
  public private(set) var page: Int

  /// The weight of the field that counts most.
  ///
  /// Weights above 1 make one occurrence count for more
  /// against BM25's k1, which suits short product texts: with 3 and 2 for title and description,
  /// nDCG@10 on the Icecat judgments was 0.757, with 1 and 1 it was 0.748.
  private static let topWeight: Float = 3

  /// Whether hits carry their highlights also in the old form.
  public var hasOldHighlights: Bool { values["enable_highlight_v1"] != "false" }
  /// Whether synonyms of the collection apply.
  public var usesSynonyms: Bool { values["enable_synonyms"] != "false" }
  /// Further sets of synonyms.
  public var synonymSets: [String] { list("synonym_sets") }
  /// Whether curation rules apply.
  public var usesCurations: Bool {
    values["enable_curations"] != "false" && values["enable_overrides"] != "false"
  }
  /// Further sets of curation rules.
  public var curationSets: [String] { list("curation_sets") }
  /// Tags of the rules that apply.
  public var curationTags: [String] { list("curation_tags") + list("override_tags") }
  /// Whether pins keep their places when others are not shown; nil to leave it to the rules.
  public var preservesPositions: Bool? {
    values["preserve_curated_positions"].map { $0 == "true" }
  }
  /// What relevance counts against variety, 0...1.
  public var diversityLambda: Double {
    min(1, max(0, number("diversity_lambda") ?? 0.5))
  }
  /// The ranking profile to run; nil for the collection's.
  public var profile: String? { values["rank_profile"] }
  /// The most time for ranking, in microseconds; nil for the profile's.
  public var rankingBudget: Int? {
    number("rank_budget_ms").map { Int(min(max($0, 0), 10_000) * 1000) }
  }
  /// Who searches, as the shop knows them; "" if unknown.
  public var shopper: String { values["x-typesense-user-id"] ?? values["user_id"] ?? "" }
  /// The shopper's session; "" if unknown.
  public var session: String { values["session_id"] ?? "" }
  /// Whether the search counts as one of a shopper's.
  public var isCounted: Bool { values["enable_analytics"] != "false" }
  /// What the shop tells its searches apart by; "" if not told.
  public var analyticsTag: String { values["analytics_tag"] ?? "" }
  /// Sets of words left out of the query.
  public var stopWordSets: [String] { list("stopwords") }

  let values: [String: String]

  /// Reads parameters by name.
  ///
  /// - Throws: ``IndexError`` with code invalid that names the parameter and the remedy.
  public init(_ parameters: [String: String]) throws(IndexError) {
    values = parameters.filter { !$0.value.isEmpty }
    query = values["q"] ?? "*"
    perPage = 10
    page = 1
    guard query.utf8.count <= 100_000 else {
      throw IndexError(
        .invalid,
        "Parameter `q` is longer than 100,000 bytes: send a shorter query."
      )
    }
    request.query = query
    try readPaging()
    try readFields()
    try readMatching()
    try readFacetsAndGroups()
    try readPlaces()
    try readHighlighting()
  }

  func integer(_ name: String, _ fallback: Int) throws(IndexError) -> Int {
    guard let text = values[name] else { return fallback }
    guard let value = Int(text), value >= 0 else {
      throw IndexError(.invalid, "Parameter `\(name)` must be an unsigned integer.")
    }
    return value
  }

  /// A number, perhaps infinite; nil if there is none.
  private func number(_ name: String) -> Double? {
    // "nan" is read as a Double too, and no clamp takes it away.
    values[name].flatMap { Double($0) }.flatMap { $0.isNaN ? nil : $0 }
  }

  func list(_ name: String) -> [String] {
    guard let value = values[name] else { return [] }
    return value.utf8.split(separator: UInt8(ascii: ",")).map { part in
      let isPlain = part.allSatisfy { $0 > 0x20 && $0 < 0x80 }
      return isPlain ? String(Substring(part)) : String(Substring(part)).filter { !$0.isWhitespace }
    }
  }

  /// A list of fields, of which a request names no more than a collection is likely to have.
  func fieldNames(_ name: String, limit: Int = 1000) throws(IndexError) -> [String] {
    let names = list(name)
    guard names.count <= limit else {
      throw IndexError(.invalid, "`\(name)` takes at most \(limit) fields: name fewer.")
    }
    return names
  }

  private mutating func readPaging() throws(IndexError) {
    // Who looks for values of a facet asks for no hits unless they say so.
    perPage = try integer("per_page", try integer("limit", values["facet_query"] == nil ? 10 : 0))
    guard perPage <= 250 else {
      throw IndexError(.invalid, "Only upto 250 hits can be fetched per page.")
    }
    page = max(1, try integer("page", 1))
    let (offset, overflow) = (page - 1).multipliedReportingOverflow(by: perPage)
    request.offset = try integer("offset", overflow ? .max : offset)
    request.limit = perPage
    guard request.offset <= 100_000 else {
      throw IndexError(
        .invalid,
        "Only the first 100,000 hits can be paged through: narrow the search."
      )
    }
    if values["limit_hits"] != nil {
      let limit = try integer("limit_hits", 0)
      guard request.offset + perPage <= limit else {
        throw IndexError(
          .invalid,
          "Only upto \(limit) hits can be fetched: keep `page` and `per_page` within `limit_hits`."
        )
      }
    }
    if let cutoff = values["search_cutoff_ms"] {
      guard let value = Int(cutoff), value >= 0, value < 1_000_000 else {
        throw IndexError(.invalid, "Parameter `search_cutoff_ms` must be an unsigned integer.")
      }
      request.cutoffMicroseconds = value * 1000
    }
  }

  private mutating func readFields() throws(IndexError) {
    let names = try fieldNames("query_by")
    let weights = list("query_by_weights")
    guard weights.isEmpty || weights.count == names.count else {
      throw IndexError(
        .invalid,
        "Number of weights in `query_by_weights` does not match number of `query_by` fields."
      )
    }
    let greatest = max(1, weights.compactMap(Float.init).max() ?? 1)
    let prefixes = list("prefix")
    let typos = list("num_typos")
    for (index, name) in names.enumerated() {
      // The first field counts more unless told otherwise, as the wire format has it.
      var field = SearchRequest.QueryField(name: name, weight: index == 0 ? Self.topWeight : 2)
      field.tierWeight = max(1, 15 - index)
      if !weights.isEmpty {
        guard let weight = Float(weights[index]), (0...127).contains(weight) else {
          throw IndexError(.invalid, "`query_by_weights` takes whole numbers from 0 to 127.")
        }
        field.weight = max(weight / greatest * Self.topWeight, 0.01)
        field.tierWeight = Int(weight)
      }
      if let text = prefixes.count == 1 ? prefixes[0] : prefixes.dropFirst(index).first {
        field.prefix = text != "false"
      }
      if let text = typos.count == 1 ? typos[0] : typos.dropFirst(index).first {
        guard let count = Int(text), (0...2).contains(count) else {
          throw IndexError(.invalid, "Value of `num_typos` must not be greater than 2.")
        }
        field.typos = count
      }
      request.fields.append(field)
    }
  }

  /// Hits at places of their own, and hidden ones.
  private mutating func readPlaces() throws(IndexError) {
    request.hiddenIDs = list("hidden_hits")
    request.filtersPinned = values["filter_curated_hits"] == "true"
    for text in list("pinned_hits") {
      guard let colon = text.lastIndex(of: ":"),
        let position = Int(text[text.index(after: colon)...]), position > 0
      else {
        throw IndexError(.invalid, "Write `pinned_hits` as `id:position`, positions from 1.")
      }
      request.pinned.append((String(text[..<colon]), position))
    }
    guard request.pinned.count <= 1000 else {
      throw IndexError(.invalid, "At most 1000 hits can be pinned: send fewer.")
    }
  }

  private mutating func readFacetsAndGroups() throws(IndexError) {
    let facets = try FacetParameters(values["facet_by"] ?? "")
    guard facets.fields.count <= 1000 else {
      throw IndexError(.invalid, "`facet_by` takes at most 1000 fields: name fewer.")
    }
    request.facets = facets.fields
    request.facetOptions = facets.options
    request.facetLimit = min(try integer("max_facet_values", 10), 10_000)
    if let query = values["facet_query"], let colon = query.firstIndex(of: ":") {
      request.facetQuery = (
        query[..<colon].filter { !$0.isWhitespace }, String(query[query.index(after: colon)...])
      )
    }
    request.facetQueryTypos = min(try integer("facet_query_num_typos", 2), 2)
    request.facetSampling.percent = Double(min(try integer("facet_sample_percent", 100), 100))
    request.facetSampling.threshold = try integer("facet_sample_threshold", 0)
    request.facetSampling.slope = Double(try integer("facet_sample_slope", 0))
    request.facetParents = try fieldNames("facet_return_parent")
    request.groupsMissing = values["group_missing_values"] != "false"
    request.groupBy = try fieldNames("group_by", limit: 16)
    request.groupLimit = min(try integer("group_limit", 3), 99)
  }

  private mutating func readHighlighting() throws(IndexError) {
    request.highlightFields = try fieldNames("highlight_fields")
    request.highlightFullFields = try fieldNames("highlight_full_fields")
    request.highlightTags = (
      values["highlight_start_tag"] ?? "<mark>", values["highlight_end_tag"] ?? "</mark>"
    )
    // They stand around every word that was found, on every hit.
    let tags = request.highlightTags
    guard max(tags.0.utf8.count, tags.1.utf8.count) <= 1000 else {
      throw IndexError(
        .invalid,
        "Tags of highlights are longer than 1000 bytes: send shorter ones."
      )
    }
    request.highlightContext = min(try integer("highlight_affix_num_tokens", 4), 1000)
    request.snippetThreshold = try integer("snippet_threshold", 30)
    request.highlights =
      request.highlightFields != ["none"] && request.highlightFullFields != ["none"]
  }
}

// SPDX-License-Identifier: Apache-2.0

import SearchIndex

extension SearchParameters {
  /// Lists of postings that one word of a query may have, of all its candidates in all fields.
  private static let mostLists = 4000

  /// Which words match what, and the order.
  mutating func readMatching() throws(IndexError) {
    request.filter = values["filter_by"] ?? ""
    request.sort = values["sort_by"] ?? ""
    request.tiers = try tiers()
    request.synonymMatching.acceptsPrefixes = values["synonym_prefix"] == "true"
    request.synonymMatching.typos = min(try integer("synonym_num_typos", 0), 2)
    request.demotesSynonyms = values["demote_synonym_match"] == "true"
    let isExhaustive = values["exhaustive_search"] == "true"
    request.typoThreshold = isExhaustive ? .max : try integer("typo_tokens_threshold", 1)
    request.candidateLimit = isExhaustive ? 1000 : request.candidateLimit
    if values["max_candidates"] != nil {
      request.candidateLimit = min(max(1, try integer("max_candidates", 4)), 1000)
    }
    // Each candidate has a list of postings in each field: with 20 fields, 1000 candidates of each of
    // 23 words took 18 s on 5,000 documents.
    let most = Self.mostLists / max(1, request.fields.count)
    request.candidateLimit = min(request.candidateLimit, max(16, most))
    request.dropThreshold = try integer("drop_tokens_threshold", 1)
    request.dropOrder = try dropOrder()
    request.splitJoin = try splitJoin()
    try readInfix()
    request.typosInNumbers = (
      values["enable_typos_for_numerical_tokens"] != "false",
      values["enable_typos_for_alpha_numerical_tokens"] != "false"
    )
    request.isPreSegmented = values["pre_segmented_query"] == "true"
    request.shortestForOneTypo = try integer("min_len_1typo", 4)
    request.shortestForTwoTypos = try integer("min_len_2typo", 7)
    request.explains = values["explain"] == "true"
    request.includeFields = try fieldNames("include_fields")
    request.excludeFields = try fieldNames("exclude_fields")
    request.skipsUnknownFields = values["validate_field_names"] == "false"
  }

  /// What text matches in tiers are made of; nil where nothing is said of them.
  private func tiers() throws(IndexError) -> TierOptions? {
    let names = [
      "text_match_type", "prioritize_exact_match", "prioritize_token_position",
      "prioritize_num_matching_fields",
    ]
    guard names.contains(where: { values[$0] != nil }) else { return nil }
    var options = TierOptions()
    if let text = values[names[0]] {
      guard let kind = TierOptions.Kind(rawValue: text) else {
        throw IndexError(
          .invalid,
          "`text_match_type` is `max_score`, `max_weight` or `sum_score`."
        )
      }
      options.kind = kind
    }
    options.prefersWhole = values[names[1]] != "false"
    options.prefersEarly = values[names[2]] == "true"
    options.countsFields = values[names[3]] != "false"
    return options
  }

  /// Which words are dropped first; unless told, whichever leaves hits.
  private func dropOrder() throws(IndexError) -> DropOrder {
    guard let text = values["drop_tokens_mode"] else { return .any }
    switch text {
    case "right_to_left": return .rightToLeft
    case "left_to_right": return .leftToRight
    default:
      let parts = text.split(separator: ":", maxSplits: 1)
      guard parts.first == "both_sides", parts.count == 1 || Int(parts[1]) != nil else {
        throw IndexError(
          .invalid,
          "`drop_tokens_mode` is `right_to_left`, `left_to_right` or `both_sides:3`."
        )
      }
      return .bothSides(parts.count == 1 ? 3 : Int(parts[1]) ?? 3)
    }
  }

  private func splitJoin() throws(IndexError) -> SplitJoin {
    switch values["split_join_tokens"] {
    case nil, "fallback": return .fallback
    case "off": return .never
    case "always": return .always
    default:
      throw IndexError(.invalid, "`split_join_tokens` is `off`, `fallback` or `always`.")
    }
  }

  /// When words are looked for inside terms: one word for all fields, or one for each.
  ///
  /// - Throws: ``IndexError`` with code invalid if a word is none of the three.
  private mutating func readInfix() throws(IndexError) {
    let modes = list("infix")
    guard Set(modes).isSubset(of: ["off", "fallback", "always"]) else {
      throw IndexError(.invalid, "`infix` is `off`, `fallback` or `always`.")
    }
    request.infix =
      modes.contains("always") ? .always : modes.contains("fallback") ? .fallback : .never
    guard modes.count > 1 else { return }
    for index in request.fields.indices {
      let mode = modes.dropFirst(index).first ?? "off"
      request.fields[index].infix = mode != "off"
    }
  }
}

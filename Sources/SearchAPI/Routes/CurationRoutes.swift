// SPDX-License-Identifier: Apache-2.0

import JSON
import SearchIndex
import SearchService

/// Rules that place, hide and filter hits.
extension SearchAPI {
  static let curationRoutes: [Route] = curationSets.setRoutes + curationSets.itemRoutes

  private static let curationSets = ItemSets(
    resource: "curation_sets",
    kind: .curationSet,
    noun: "rule",
    example: [
      "id": "lamps", "rule": ["query": "lamp", "match": "exact"],
      "includes": [["id": "1", "position": 1]],
    ]
  ) { item, id in
    guard let rule = item["rule"], rule.object != nil else {
      throw IndexError(.invalid, "A rule needs `rule`, an object such as {\"query\":\"lamp\"}.")
    }
    if let match = rule["match"] {
      guard match == "exact" || match == "contains" else {
        throw IndexError(.invalid, "`match` must be `exact` or `contains`.")
      }
      guard rule["query"]?.string != nil else {
        throw IndexError(.invalid, "A rule with `match` needs a `query`.")
      }
    }
    guard rule["query"] != nil || rule["filter_by"] != nil || rule["tags"] != nil else {
      throw IndexError(.invalid, "A rule needs a `query`, a `filter_by` or `tags`.")
    }
    try check(item, "includes", positions: true)
    try check(item, "excludes", positions: false)
    var members = item.object ?? []
    members.removeAll { $0.key == "id" }
    members.insert(JSON.Member("id", .string(id)), at: 0)
    var defaults: [(String, JSON)] = [("filter_curated_hits", false), ("stop_processing", true)]
    // A rule that filters takes the words that it stands for out of the query.
    defaults.append(("remove_matched_tokens", .bool(item["filter_by"] != nil)))
    for (key, value) in defaults where item[key] == nil { members.append(JSON.Member(key, value)) }
    return .object(members)
  }

  private static func check(_ item: JSON, _ key: String, positions: Bool) throws {
    guard let list = item[key] else { return }
    guard let entries = list.array else {
      throw IndexError(.invalid, "`\(key)` must be an array of objects with an `id`.")
    }
    for entry in entries {
      guard entry["id"]?.string?.isEmpty == false else {
        throw IndexError(.invalid, "Every entry of `\(key)` needs an `id`, a string.")
      }
      guard !positions || entry["position"]?.int ?? 0 > 0 else {
        throw IndexError(.invalid, "Every entry of `\(key)` needs a `position`, from 1.")
      }
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import HTTPServer
import JSON
import Promotions
import SearchIndex
import SearchService

/// Rules that place, hide, filter and promote hits.
extension SearchAPI {
  static let curationRoutes: [Route] = [
    Route("GET", "/curation_sets", "curation_sets:list", "Lists the sets of rules.") { call in
      .json(try call.page(call.engine.curation.sets.map(\.json)))
    },
    Route("GET", "/curation_sets/:set", "curation_sets:get", "Reads a set of rules.") { call in
      .json(try call.engine.curation.set(named: call["set"]).json)
    },
    Route(
      "PUT",
      "/curation_sets/:set",
      "curation_sets:create",
      "Makes or replaces a set of rules.",
      example: ["items": [curationExample]]
    ) { call in
      let set = try CurationSet(json: try call.body(), name: call["set"])
      try call.engine.curation.put(set)
      return .json(set.json)
    },
    Route("DELETE", "/curation_sets/:set", "curation_sets:delete", "Removes a set of rules.") {
      call in
      try call.engine.curation.removeSet(named: call["set"])
      return .json(["name": .string(call["set"])])
    },
    Route(
      "GET",
      "/curation_sets/:set/items",
      "curation_sets/items:list",
      "Lists a set's rules.",
      query: ["limit", "offset"]
    ) { call in
      .json(try call.page(try call.engine.curation.set(named: call["set"]).items.map(\.json)))
    },
    Route(
      "GET",
      "/curation_sets/:set/items/:id",
      "curation_sets/items:get",
      "Reads one rule."
    ) { call in .json(try call.engine.curation.rule(call["id"], in: call["set"]).json) },
    Route(
      "PUT",
      "/curation_sets/:set/items/:id",
      "curation_sets/items:create",
      "Makes or replaces one rule.",
      example: curationExample
    ) { call in
      let rule = try CurationRule(json: try call.body(), id: call["id"])
      try call.engine.curation.put(rule, in: call["set"])
      return .json(rule.json)
    },
    Route(
      "DELETE",
      "/curation_sets/:set/items/:id",
      "curation_sets/items:delete",
      "Removes one rule."
    ) { call in
      try call.engine.curation.removeRule(call["id"], in: call["set"])
      return .json(["id": .string(call["id"])])
    },
  ]

  private static let curationExample: JSON = [
    "id": "lamps", "rule": ["query": "lamp", "match": "exact"],
    "includes": [["id": "1", "position": 1]],
  ]
}

// SPDX-License-Identifier: Apache-2.0

import HTTPServer
import JSON
import Promotions
import SearchIndex
import SearchService

/// Synonyms and rules of one collection, as clients from before named sets ask for them.
extension SearchAPI {
  static let ownSetRoutes: [Route] = synonymRoutesOfCollections + overrideRoutes

  private static let synonyms = "/collections/:collection/synonyms"
  private static let overrides = "/collections/:collection/overrides"

  private static let synonymRoutesOfCollections: [Route] = [
    Route("GET", synonyms, "synonyms:list", "Lists a collection's own synonyms.") { call in
      .json(["synonyms": try call.page(try call.ownSynonyms())])
    },
    Route("GET", synonyms + "/:id", "synonyms:get", "Reads one of a collection's synonyms.") {
      call in
      guard let item = try call.ownSynonyms().first(where: { $0["id"]?.string == call["id"] })
      else { throw IndexError(.notFound, "Could not find that `id`.") }
      return .json(item)
    },
    Route(
      "PUT",
      synonyms + "/:id",
      "synonyms:create",
      "Makes or replaces one of a collection's synonyms.",
      example: ["synonyms": ["phone", "handset"]]
    ) { call in
      let body = try call.body()
      let set = try call.engine.ownSet(.synonyms, of: try call.collection())
      return .json(try synonymSets.put(body, id: call["id"], in: set, call.engine))
    },
    Route(
      "DELETE",
      synonyms + "/:id",
      "synonyms:delete",
      "Removes one of a collection's synonyms."
    ) { call in
      let set = OwnSet.synonyms.name(in: try call.collection().name)
      return .json(try synonymSets.remove(call["id"], from: set, call.engine))
    },
  ]

  private static let overrideRoutes: [Route] = [
    Route("GET", overrides, "overrides:list", "Lists a collection's own rules.") { call in
      .json(["overrides": try call.page((try? call.ownRules().items.map(\.json)) ?? [])])
    },
    Route("GET", overrides + "/:id", "overrides:get", "Reads one of a collection's rules.") {
      call in
      let set = OwnSet.curations.name(in: try call.collection().name)
      return .json(try call.engine.curation.rule(call["id"], in: set).json)
    },
    Route(
      "PUT",
      overrides + "/:id",
      "overrides:create",
      "Makes or replaces one of a collection's rules.",
      example: [
        "rule": ["query": "lamp", "match": "exact"], "includes": [["id": "1", "position": 1]],
      ]
    ) { call in
      let rule = try CurationRule(json: try call.body(), id: call["id"])
      let set = try call.engine.ownSet(.curations, of: try call.collection())
      try call.engine.curation.put(rule, in: set)
      return .json(rule.json)
    },
    Route(
      "DELETE",
      overrides + "/:id",
      "overrides:delete",
      "Removes one of a collection's rules."
    ) { call in
      let set = OwnSet.curations.name(in: try call.collection().name)
      try call.engine.curation.removeRule(call["id"], in: set)
      return .json(["id": .string(call["id"])])
    },
  ]
}

extension Call {
  fileprivate func ownSynonyms() throws -> [JSON] {
    let set = OwnSet.synonyms.name(in: try collection().name)
    return engine.settings.value(.synonymSet, set)?["items"]?.array ?? []
  }

  fileprivate func ownRules() throws -> CurationSet {
    try engine.curation.set(named: OwnSet.curations.name(in: try collection().name))
  }
}

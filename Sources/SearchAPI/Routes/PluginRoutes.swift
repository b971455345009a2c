// SPDX-License-Identifier: Apache-2.0

import HTTPServer
import JSON
import RankingPluginHost
import SearchIndex
import SearchService

/// Ranking plugins and the profiles that run them.
extension SearchAPI {
  static let pluginRoutes: [Route] = [
    Route("GET", "/x/plugins", "plugins:list", "Lists the ranking plugins.") { call in
      let ranking = call.engine.ranking
      let loaded = ranking.host?.statuses ?? []
      let names = Set(loaded.map(\.name))
      return .json([
        "plugins": .array(loaded.map(\.json)),
        "not_loaded": .array(
          ranking.available.filter { !names.contains($0) }.map { .string($0) }
        ),
        "problems": .array(ranking.problems.map { .string($0) }),
      ])
    },
    Route("GET", "/x/plugins/:name", "plugins:get", "Reads a plugin's state.") { call in
      let loaded = try call.engine.ranking.plugins().statuses
      guard let status = loaded.first(where: { $0.name == call["name"] }) else {
        throw IndexError(.notFound, "There is no plugin `\(call["name"])`: load it first.")
      }
      return .json(status.json)
    },
    Route(
      "POST",
      "/x/plugins/:name/load",
      "plugins:create",
      "Loads a plugin of the plugin directory, or loads its file again."
    ) { call in
      let status = try call.engine.ranking.plugins().load(call["name"])
      call.engine.ranking.retry()
      return .json(status.json)
    },
    Route("POST", "/x/plugins/:name/disable", "plugins:update", "Takes a plugin out of use.") {
      call in
      try call.engine.ranking.plugins().disable(call["name"])
      return .json(["success": true])
    },
    Route("POST", "/x/plugins/:name/enable", "plugins:update", "Takes a plugin into use again.") {
      call in
      try call.engine.ranking.plugins().enable(call["name"])
      return .json(["success": true])
    },
    Route(
      "POST",
      "/x/plugins/:name/rollback",
      "plugins:update",
      "Goes back to the generation before the last load."
    ) { call in
      try call.engine.ranking.plugins().rollBack(call["name"])
      return .json(["success": true])
    },
    Route("GET", "/x/profiles", "profiles:list", "Lists the ranking profiles.") { call in
      .json(["profiles": .array(call.engine.ranking.all)])
    },
    Route("GET", "/x/profiles/:name", "profiles:get", "Reads a ranking profile.") { call in
      .json(try call.engine.ranking.profile(named: call["name"]))
    },
    Route(
      "PUT",
      "/x/profiles/:name",
      "profiles:create",
      "Makes or replaces a ranking profile.",
      example: [
        "stages": [["plugin": "recency", "budget_us": 2000, "window": 500]],
        "collections": ["products"],
      ]
    ) { call in .json(try call.engine.ranking.put(try call.body(), named: call["name"])) },
    Route("DELETE", "/x/profiles/:name", "profiles:delete", "Removes a ranking profile.") {
      call in
      try call.engine.ranking.remove(named: call["name"])
      return .json(["name": .string(call["name"])])
    },
  ]
}

// SPDX-License-Identifier: Apache-2.0

import HTTPServer
import JSON
import SearchIndex
import SearchService

/// Other names for collections.
extension SearchAPI {
  static let aliasRoutes: [Route] = [
    Route("GET", "/aliases", "aliases:list", "Lists the aliases.") { call in
      .json(["aliases": .array(call.engine.settings.all(.alias).map(\.value))])
    },
    Route("GET", "/aliases/:name", "aliases:get", "Reads an alias.") { call in
      guard let alias = call.engine.settings.value(.alias, call["name"]) else {
        throw missingAlias()
      }
      return .json(alias)
    },
    Route(
      "PUT",
      "/aliases/:name",
      "aliases:create",
      "Points an alias at a collection.",
      example: ["collection_name": "products"]
    ) { call in
      guard let target = try call.body()["collection_name"]?.string, !target.isEmpty else {
        throw IndexError(.invalid, "An alias needs a `collection_name`, a string.")
      }
      let alias: JSON = ["collection_name": .string(target), "name": .string(call["name"])]
      try call.engine.settings.set(.alias, call["name"], alias)
      return .json(alias)
    },
    Route("DELETE", "/aliases/:name", "aliases:delete", "Removes an alias.") { call in
      guard let alias = try call.engine.settings.remove(.alias, call["name"]) else {
        throw missingAlias()
      }
      return .json(alias)
    },
  ]

  private static func missingAlias() -> IndexError { IndexError(.notFound, "Not Found") }
}

// SPDX-License-Identifier: Apache-2.0

import HTTPServer
import JSON
import SearchIndex
import SearchService

/// Keys that clients send.
extension SearchAPI {
  static let keyRoutes: [Route] = [
    Route("GET", "/keys", "keys:list", "Lists the keys, without their values.") { call in
      .json(["keys": .array(try call.engine.keys.all(now: Engine.now).map(\.json))])
    },
    Route("GET", "/keys/:id", "keys:get", "Reads a key, without its value.") { call in
      guard let key = Int64(call["id"]).flatMap(call.engine.keys.key) else { throw missingKey() }
      return .json(key.json)
    },
    Route(
      "POST",
      "/keys",
      "keys:create",
      "Makes a key; its value is told only now.",
      example: [
        "description": "search only", "actions": ["documents:search"], "collections": ["*"],
      ]
    ) { call in
      let (key, value) = try call.engine.keys.create(try call.body())
      var members = key.json.object ?? []
      members.removeAll { $0.key == "value_prefix" }
      members.append(JSON.Member("value", .string(value)))
      return .json(.object(members), status: 201)
    },
    Route("DELETE", "/keys/:id", "keys:delete", "Removes a key.") { call in
      guard let id = Int64(call["id"]), try call.engine.keys.remove(id) else {
        throw missingKey()
      }
      return .json(["id": .int(id)])
    },
  ]

  private static func missingKey() -> IndexError { IndexError(.notFound, "Not found.") }
}

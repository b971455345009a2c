// SPDX-License-Identifier: Apache-2.0

import HTTPServer
import JSON
import SearchIndex
import SearchService

/// Named search parameters.
extension SearchAPI {
  static let presetRoutes: [Route] = [
    Route("GET", "/presets", "presets:list", "Lists the presets.") { call in
      .json(["presets": .array(call.engine.settings.all(.preset).map(\.value))])
    },
    Route("GET", "/presets/:name", "presets:get", "Reads a preset.") { call in
      guard let preset = call.engine.settings.value(.preset, call["name"]) else {
        throw IndexError(.notFound, "Not found.")
      }
      return .json(preset)
    },
    Route(
      "PUT",
      "/presets/:name",
      "presets:create",
      "Makes or replaces a preset.",
      example: ["value": ["query_by": "title", "sort_by": "price:asc"]]
    ) { call in
      guard let value = try call.body()["value"], value.object != nil else {
        throw IndexError(.invalid, "A preset needs a `value`, an object of search parameters.")
      }
      let preset: JSON = ["name": .string(call["name"]), "value": value]
      try call.engine.settings.set(.preset, call["name"], preset)
      return .json(preset)
    },
    Route("DELETE", "/presets/:name", "presets:delete", "Removes a preset.") { call in
      guard let preset = try call.engine.settings.remove(.preset, call["name"]) else {
        throw IndexError(.notFound, "Not found.")
      }
      return .json(preset)
    },
  ]
}

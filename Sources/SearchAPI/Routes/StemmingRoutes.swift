// SPDX-License-Identifier: Apache-2.0

import HTTPServer
import JSON
import SearchIndex
import SearchService

/// Dictionaries of words and their roots.
extension SearchAPI {
  static let stemmingRoutes: [Route] = [
    Route(
      "GET",
      "/stemming/dictionaries",
      "stemming/dictionaries:list",
      "Lists the stemming dictionaries."
    ) { call in
      let names = call.engine.settings.all(.stemming).map(\.name)
      return .json(["dictionaries": .array(names.map { .string($0) })])
    },
    Route(
      "GET",
      "/stemming/dictionaries/:id",
      "stemming/dictionaries:get",
      "Reads a stemming dictionary."
    ) { call in
      guard let dictionary = call.engine.settings.value(.stemming, call["id"]) else {
        throw IndexError(.notFound, "Collection not found")
      }
      return .json(dictionary)
    },
    Route(
      "POST",
      "/stemming/dictionaries/import",
      "stemming/dictionaries:create",
      "Makes or replaces a stemming dictionary of JSON lines.",
      query: ["id"],
      example: ["word": "people", "root": "person"],
      importDictionary
    ),
    Route(
      "DELETE",
      "/stemming/dictionaries/:id",
      "stemming/dictionaries:delete",
      "Removes a stemming dictionary."
    ) { call in
      guard try call.engine.settings.remove(.stemming, call["id"]) != nil else {
        throw IndexError(.notFound, "Collection not found")
      }
      return .json(["id": .string(call["id"])])
    },
  ]

  @Sendable
  private static func importDictionary(_ call: Call) throws -> HTTPResponse {
    guard let id = call.request.query["id"], !id.isEmpty else {
      throw IndexError(.invalid, "Parameter `id` must name the dictionary.")
    }
    var words: [JSON] = []
    var lines: [UInt8] = []
    for (number, line) in call.request.body.split(separator: 0x0A).enumerated() {
      guard !line.withUnsafeBufferPointer(LineReader.isBlank) else { continue }
      let entry = try JSON(parsing: Array(line))
      guard let word = entry["word"], let root = entry["root"], word.string != nil,
        root.string != nil
      else {
        throw IndexError(.invalid, "Line \(number + 1) needs a `word` and a `root`.")
      }
      let pair: JSON = ["word": word, "root": root]
      words.append(pair)
      if !lines.isEmpty { lines.append(0x0A) }
      lines += pair.serialized()
    }
    guard !words.isEmpty else { throw IndexError(.invalid, "The dictionary has no words.") }
    try call.engine.settings.set(
      .stemming,
      id,
      ["id": .string(id), "words": .array(words)]
    )
    return .lines(.bytes(lines))
  }
}

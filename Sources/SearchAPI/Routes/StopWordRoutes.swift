// SPDX-License-Identifier: Apache-2.0

import HTTPServer
import JSON
import SearchIndex
import SearchService

/// Words left out of queries.
extension SearchAPI {
  static let stopWordRoutes: [Route] = [
    Route("GET", "/stopwords", "stopwords:list", "Lists the sets of stop words.") { call in
      .json(["stopwords": .array(call.engine.settings.all(.stopWords).map(\.value))])
    },
    Route("GET", "/stopwords/:id", "stopwords:get", "Reads a set of stop words.") { call in
      guard let set = call.engine.settings.value(.stopWords, call["id"]) else {
        throw IndexError(.notFound, "Stopword `\(call["id"])` not found.")
      }
      return .json(["stopwords": set])
    },
    Route(
      "PUT",
      "/stopwords/:id",
      "stopwords:create",
      "Makes or replaces a set of stop words.",
      example: ["stopwords": ["the", "and"], "locale": "en"]
    ) { call in
      let body = try call.body()
      guard let words = body["stopwords"]?.array, !words.isEmpty,
        words.allSatisfy({ $0.string != nil })
      else {
        throw IndexError(.invalid, "A set needs `stopwords`, an array of words.")
      }
      var members = [JSON.Member("id", .string(call["id"]))]
      if let locale = body["locale"] {
        guard locale.string != nil else {
          throw IndexError(.invalid, "`locale` must be a string.")
        }
        members.append(JSON.Member("locale", locale))
      }
      members.append(JSON.Member("stopwords", .array(words)))
      try call.engine.settings.set(.stopWords, call["id"], .object(members))
      return .json(.object(members))
    },
    Route("DELETE", "/stopwords/:id", "stopwords:delete", "Removes a set of stop words.") { call in
      guard try call.engine.settings.remove(.stopWords, call["id"]) != nil else {
        throw IndexError(.notFound, "Stopword `\(call["id"])` not found.")
      }
      return .json(["id": .string(call["id"])])
    },
  ]
}

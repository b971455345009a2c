// SPDX-License-Identifier: Apache-2.0

import JSON
import SearchIndex
import SearchService

/// The verb `suggest` of the command line.
enum SuggestCommand: Command {
  static let name = "suggest"
  static let summary = "complete what a shopper is typing"
  static let help = """
    Usage: martlet suggest --data-dir D --collection C [--limit N] [--filter-by F] [--json] TEXT

    Prints completions of the text, best first: queries of enough shoppers, brands, categories, titles.

      --limit N        completions at most, 8 unless told
      --filter-by F    only what finds something under this filter

    Example: martlet suggest --data-dir data --collection shop "cordl"
    """

  static func run(_ words: [String]) throws {
    let arguments = try Arguments(
      words,
      options: ["data-dir", "collection", "limit", "filter-by"],
      switches: ["json"]
    )
    guard arguments.positional.count == 1 else {
      throw CommandError.usage("Give one text to complete, in quotes if it has spaces.")
    }
    let store = try IndexStore(directory: try arguments.existingDataDirectory())
    let engine = try Engine(store, bootstrapKey: "")
    var request = SuggestionRequest()
    request.collection = try arguments.required("collection")
    request.query = arguments.positional[0]
    request.limit = try arguments.integer("limit", default: request.limit)
    request.filter = arguments.values["filter-by"] ?? ""
    for suggestion in try engine.suggest(request) {
      guard arguments.flags.contains("json") else {
        let category = suggestion.category.map { " in \($0)" } ?? ""
        print("\(suggestion.text)\(category)  (\(suggestion.kind), \(suggestion.count))")
        continue
      }
      let json: JSON = [
        "text": .string(suggestion.text), "kind": .string(suggestion.kind),
        "score": .double(suggestion.score), "count": .int(Int64(suggestion.count)),
        "category": suggestion.category.map { .string($0) } ?? .null,
      ]
      print(String(decoding: json.serialized(), as: UTF8.self))
    }
  }
}

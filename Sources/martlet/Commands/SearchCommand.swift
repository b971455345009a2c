// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import SearchAPI
import SearchIndex
import SearchService

/// The verb `search` of the command line.
enum SearchCommand: Command {
  static let name = "search"
  static let summary = "search a collection"
  static let help = """
    Usage: martlet search --data-dir D --collection C --query-by F1,F2 [OPTIONS] QUERY

    Prints the best hits; QUERY may hold "phrases" and -excluded words, and * matches all.

      --filter-by F    such as 'price:[10..100] && brand:=Acme'
      --facet-by F     fields whose values are counted
      --sort-by S      such as price:asc
      --per-page N     hits, 10 unless told, at most 250
      --page N         from 1
      --json           the answer as clients get it over HTTP

    Examples:
      martlet search --data-dir data --collection shop --query-by title,description "red lamp"
      martlet search --data-dir data --collection shop --query-by title --facet-by brand --json '*'
    """

  static func run(_ words: [String]) throws {
    let arguments = try Arguments(
      words,
      options: [
        "data-dir", "collection", "query-by", "filter-by", "facet-by", "sort-by", "per-page",
        "page", "query-by-weights", "group-by",
      ],
      switches: ["json"]
    )
    let query = arguments.positional.joined(separator: " ")
    guard !query.isEmpty else { throw CommandError.usage("Say what to search for, or '*'.") }
    let store = try IndexStore(directory: try arguments.existingDataDirectory())
    let collection = try store.collection(named: try arguments.required("collection"))
    var parameters = ["q": query]
    for (name, value) in arguments.values where name != "data-dir" && name != "collection" {
      parameters[name.replacing("-", with: "_")] = value
    }
    var search = try SearchParameters(parameters)
    search.request.heedDefaultSortingField(of: collection.snapshot.schema)
    let result = try collection.snapshot.search(search.request)
    if arguments.flags.contains("json") {
      let answer = Answer(collection: collection.name, parameters: search, result: result)
      print(String(decoding: ResultJSON.bytes(answer), as: UTF8.self))
      return
    }
    print("\(result.found) of \(result.outOf) documents in \(result.microseconds) µs")
    for (index, hit) in (result.hits + (result.groups ?? []).flatMap(\.hits)).enumerated() {
      let document = try JSON(parsing: hit.document)
      let title = ["title", "name"].lazy.compactMap { document[$0]?.string }.first ?? ""
      print("\(index + 1). [\(hit.id)] \(title)  (\(String(format: "%.2f", hit.score)))")
      for highlight in hit.highlights where highlight.field != "title" && highlight.field != "name"
      {
        print("     \(highlight.field): \(highlight.snippets.joined(separator: " ... "))")
      }
    }
    for facet in result.facets {
      print(
        "\(facet.field): "
          + facet.counts.map { "\($0.value) (\($0.count))" }.joined(separator: ", ")
      )
    }
  }
}

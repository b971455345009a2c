// SPDX-License-Identifier: Apache-2.0

import JSON
import SearchIndex
import SearchService

/// Words that stand for each other.
extension SearchAPI {
  static let synonymRoutes: [Route] = synonymSets.setRoutes + synonymSets.itemRoutes

  static let synonymSets = ItemSets(
    resource: "synonym_sets",
    kind: .synonymSet,
    noun: "synonym",
    example: ["id": "phones", "synonyms": ["phone", "handset"]]
  ) { item, id in
    guard let words = item["synonyms"]?.array, !words.isEmpty,
      words.allSatisfy({ $0.string?.isEmpty == false })
    else {
      throw IndexError(.invalid, "A synonym needs `synonyms`, an array of words.")
    }
    let given = item["root"] ?? .null
    guard let root = given == .null ? "" : given.string else {
      throw IndexError(.invalid, "`root` of a synonym must be a word; leave it out for none.")
    }
    var members = [
      JSON.Member("id", .string(id)), JSON.Member("root", .string(root)),
      JSON.Member("synonyms", .array(words)),
    ]
    for key in ["locale", "symbols_to_index"] {
      if let value = item[key] { members.append(JSON.Member(key, value)) }
    }
    return .object(members)
  }
}

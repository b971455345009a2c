// SPDX-License-Identifier: Apache-2.0

import JSON
import SearchIndex
import TestSupport
import Testing

struct UnstoredFieldTests {
  private var schema: CollectionSchema {
    var title = Field(name: "title", type: .string)
    title.store = false
    var tags = Field(name: "tags", type: .strings)
    tags.store = false
    tags.facet = true
    var rank = Field(name: "rank", type: .int32)
    rank.store = false
    return CollectionSchema(
      name: "things",
      fields: [title, tags, rank, Field(name: "price", type: .int32)]
    )
  }

  private func found(
    _ collection: Collection,
    _ query: String,
    _ filter: String = ""
  ) throws -> [String] {
    var request = SearchRequest.title(query)
    request.filter = filter
    return try collection.snapshot.search(request).hits.map(\.id).sorted()
  }

  private func thing(_ id: Int) -> JSON {
    [
      "id": .string("\(id)"), "title": .string("red desk lamp number\(id)end"),
      "tags": ["home", .string("tag\(id)")], "rank": .int(Int64(id)), "price": 1,
    ]
  }

  @Test func changesOfOtherFieldsKeepThem() throws {
    try withTemporaryDirectory { directory in
      let store = try IndexStore(directory: directory)
      let collection = try store.createCollection(schema)
      _ = try collection.write((1...200).map { DocumentOperation(.create, thing($0)) })
      let results = try collection.write([
        DocumentOperation(.update, ["id": "7", "price": 2]),
        DocumentOperation(.emplace, ["id": "8", "price": 2]),
        // One that the same batch has changed before.
        DocumentOperation(.update, ["id": "7", "price": 3]),
        DocumentOperation(.update, ["id": "9", "title": "blue chair"]),
      ])
      #expect(results.allSatisfy { if case .success = $0 { true } else { false } })
      for id in [7, 8] {
        #expect(try found(collection, "number\(id)end") == ["\(id)"])
        #expect(try found(collection, "\"desk lamp number\(id)end\"") == ["\(id)"])
        #expect(try found(collection, "lamp", "rank:=\(id) && tags:=tag\(id)") == ["\(id)"])
      }
      #expect(try found(collection, "lamp", "price:=3") == ["7"])
      #expect(try found(collection, "blue") == ["9"])
      #expect(try !found(collection, "number9end").contains("9"))
      #expect(try found(collection, "chair", "rank:=9") == ["9"])
      try collection.compact()
      #expect(try found(collection, "\"red desk\"", "rank:=7") == ["7"])
    }
  }
}

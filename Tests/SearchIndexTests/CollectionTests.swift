// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import SearchIndex
import TestSupport
import Testing

struct CollectionTests {
  private let words = ["red", "green", "blue", "lamp", "table", "chair", "oak", "steel", "kx4821"]

  private var schema: CollectionSchema {
    var color = Field(name: "color", type: .string)
    color.facet = true
    return CollectionSchema(
      name: "things",
      fields: [Field(name: "title", type: .string), color, Field(name: "price", type: .int64)]
    )
  }

  private func document(_ id: Int, _ random: inout SeededRandom) -> JSON {
    let title = (0..<Int.random(in: 1...8, using: &random)).map { _ in
      words.randomElement(using: &random) ?? ""
    }
    return [
      "id": .string(String(id)), "title": .string(title.joined(separator: " ")),
      "color": .string(["red", "green"].randomElement(using: &random) ?? ""),
      "price": .int(Int64.random(in: 0..<100, using: &random)),
    ]
  }

  /// The ids of the documents that hold all words, the plainest way.
  private func expected(
    _ model: [String: JSON],
    _ query: [String],
    under price: Int64
  ) -> Set<String> {
    Set(
      model.filter { _, document in
        let title = (document["title"]?.string ?? "").split(separator: " ").map(String.init)
        return query.allSatisfy { title.contains($0) } && (document["price"]?.int ?? 0) < price
      }.keys
    )
  }

  @Test(arguments: [UInt64(1), 2, 3])
  func agreesWithAPlainModelThroughWritesMergesAndReopening(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    try withTemporaryDirectory { directory in
      var model: [String: JSON] = [:]
      for round in 0..<3 {
        let store = try IndexStore(directory: directory)
        let collection =
          try round == 0
          ? store.createCollection(schema) : store.collection(named: "things")
        for _ in 0..<12 {
          var operations: [DocumentOperation] = []
          for _ in 0..<Int.random(in: 1...60, using: &random) {
            let id = Int.random(in: 0..<400, using: &random)
            if Int.random(in: 0..<4, using: &random) == 0 {
              operations.append(DocumentOperation(.delete, ["id": .string(String(id))]))
              model[String(id)] = nil
            } else {
              let made = document(id, &random)
              operations.append(DocumentOperation(.upsert, made))
              model[String(id)] = made
            }
          }
          _ = try collection.write(operations)
        }
        if round == 1 { try collection.compact() }
        collection.waitForMerges()
        try check(collection.snapshot, model, &random, seed: seed)
        _ = try collection.snapshot.verify()
      }
    }
  }

  private func check(
    _ snapshot: Snapshot,
    _ model: [String: JSON],
    _ random: inout SeededRandom,
    seed: UInt64
  ) throws {
    #expect(snapshot.documentCount == model.count, "seed \(seed)")
    for (id, document) in model {
      let stored = try #require(try snapshot.document(id), "seed \(seed)")
      #expect(stored == document.serialized(sortedKeys: true), "seed \(seed)")
    }
    for _ in 0..<40 {
      let query = (0..<Int.random(in: 1...3, using: &random)).map { _ in
        words.randomElement(using: &random) ?? ""
      }
      let price = Int64.random(in: 1...100, using: &random)
      var request = SearchRequest.title(query.joined(separator: " "))
      request.fields[0].prefix = false
      request.fields[0].typos = 0
      request.dropThreshold = 0
      request.filter = "price:<\(price)"
      request.limit = 250
      let result = try snapshot.search(request)
      let wanted = expected(model, query, under: price)
      #expect(result.found == wanted.count, "seed \(seed) query \(query)")
      #expect(Set(result.hits.map(\.id)).isSubset(of: wanted), "seed \(seed) query \(query)")
      let scores = result.hits.map(\.score)
      #expect(scores == scores.sorted(by: >), "seed \(seed)")
    }
  }

  @Test func manySegmentsMergeIntoOne() throws {
    try withTemporaryDirectory { directory in
      var random = SeededRandom(seed: 9)
      let store = try IndexStore(directory: directory)
      let collection = try store.createCollection(schema)
      for batch in 0..<10 {
        _ = try collection.write(
          (0..<300).map { DocumentOperation(.create, document(batch * 300 + $0, &random)) }
        )
      }
      try collection.compact()
      #expect(collection.snapshot.segments.count == 1)
      #expect(collection.snapshot.documentCount == 3000)
    }
  }

  @Test func aDroppedCollectionStaysDropped() throws {
    try withTemporaryDirectory { directory in
      do {
        let store = try IndexStore(directory: directory)
        let collection = try store.createCollection(schema)
        var random = SeededRandom(seed: 4)
        for batch in 0..<12 {
          _ = try collection.write(
            (0..<50).map { DocumentOperation(.create, document(batch * 50 + $0, &random)) }
          )
        }
        // Merges may be under way, and writers may still hold the collection.
        try store.dropCollection(named: "things")
        let late = #expect(throws: IndexError.self) {
          try collection.write([DocumentOperation(.upsert, document(1, &random))])
        }
        #expect(late?.code == .notFound)
        collection.waitForMerges()
      }
      let store = try IndexStore(directory: directory)
      #expect(store.collections.isEmpty)
    }
  }

  @Test func refusesWhatDoesNotFitAndKeepsTheRest() throws {
    try withTemporaryDirectory { directory in
      let store = try IndexStore(directory: directory)
      let collection = try store.createCollection(schema)
      let results = try collection.write([
        DocumentOperation(.create, ["id": "1", "title": "a", "color": "red", "price": 1]),
        DocumentOperation(.create, ["id": "1", "title": "a", "color": "red", "price": 1]),
        DocumentOperation(.create, ["id": "2", "title": "a", "color": "red", "price": "x"]),
        DocumentOperation(.create, ["id": "3", "title": "a", "color": "red"]),
        DocumentOperation(.update, ["id": "4", "title": "b"]),
        DocumentOperation(.create, "text"),
      ])
      let codes = results.map { result -> IndexError.Code? in
        if case .failure(let error) = result { error.code } else { nil }
      }
      #expect(codes == [nil, .alreadyExists, .invalid, .invalid, .notFound, .invalid])
      #expect(collection.snapshot.documentCount == 1)
    }
  }

  @Test func updateChangesOnlyTheGivenFields() throws {
    try withTemporaryDirectory { directory in
      let store = try IndexStore(directory: directory)
      let collection = try store.createCollection(schema)
      _ = try collection.write([
        DocumentOperation(.create, ["id": "1", "title": "lamp", "color": "red", "price": 1]),
        DocumentOperation(.update, ["id": "1", "price": 2]),
      ])
      _ = try collection.write([DocumentOperation(.emplace, ["id": "1", "color": "green"])])
      let stored = try #require(try collection.snapshot.document("1"))
      #expect(
        String(decoding: stored, as: UTF8.self)
          == #"{"color":"green","id":"1","price":2,"title":"lamp"}"#
      )
    }
  }

  /// What could not be read again would keep the whole directory from opening.
  @Test func schemasThatCannotBeReadAgainAreRefused() throws {
    try withTemporaryDirectory { directory in
      for name in ["", String(repeating: "x", count: 256)] {
        let store = try IndexStore(directory: directory)
        #expect(throws: IndexError.self) {
          try store.createCollection(CollectionSchema(name: name, fields: []))
        }
        #expect(throws: IndexError.self) {
          try store.createCollection(
            CollectionSchema(name: "a", fields: [Field(name: name, type: .int64)])
          )
        }
      }
      #expect(try IndexStore(directory: directory).collections.isEmpty)
    }
  }

  @Test func namesThatNoFieldCanHaveAreNotInferred() throws {
    let long = String(repeating: "k", count: 256)
    let document: JSON = .object([
      JSON.Member("", "x"), JSON.Member(long, "x"), JSON.Member("title", "lamp"),
    ])
    let schema = CollectionSchema.inferred(name: "things", from: [document])
    #expect(schema.fields.map(\.name) == ["title"])
  }
}

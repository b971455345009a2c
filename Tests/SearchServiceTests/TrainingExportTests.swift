// SPDX-License-Identifier: Apache-2.0

import Behaviour
import Foundation
import JSON
import SearchIndex
import TestSupport
import Testing

@testable import SearchService

@Suite struct TrainingExportTests {
  private static let start: Int64 = 1_790_000_000_000

  private static func search(_ shopper: String, _ id: String, at second: Int64) -> Event {
    var event = Event(.search, shopper: shopper, time: start + second * 1000)
    event.hasOwnTime = true
    event.collection = "shop"
    event.query = "lamp"
    event.queryID = id
    event.hasResults = true
    event.items = ["1", "2", "3"].map { Event.Item($0) }
    return event
  }

  private static func action(
    _ kind: Event.Kind,
    _ shopper: String,
    _ product: String,
    search: String,
    at second: Int64
  ) -> Event {
    var event = Event(kind, shopper: shopper, time: start + second * 1000)
    event.hasOwnTime = true
    event.collection = "shop"
    event.query = "lamp"
    event.queryID = search
    event.items = [Event.Item(product)]
    return event
  }

  /// A store of four lamps, and the lines that an export of it writes.
  private static func lines(
    of events: [Event],
    judgments: Judgments? = nil
  ) throws -> [JSON] {
    try withTemporaryDirectory { directory in
      let store = try IndexStore(directory: directory)
      let documents: [JSON] = (1...4).map { number in
        [
          "id": .string("\(number)"), "title": .string("red lamp \(number)"),
          "brand": .string(number == 2 ? "Bright" : "Dim"), "price": .double(Double(number) * 10),
        ]
      }
      let schema = try JSON(
        parsing: """
          {"name": "shop", "fields": [{"name": "title", "type": "string"},
           {"name": "brand", "type": "string", "facet": true}, {"name": "price", "type": "float"}]}
          """
      )
      let collection = try store.createCollection(CollectionSchema(json: schema))
      _ = try collection.write(
        documents.map { DocumentOperation(.create, utf8: $0.serialized()) }
      )
      var options = EventStore.Options()
      options.clock = { start + 3_600_000 }
      let log = try EventStore(environment: store.environment, options: options)
      for event in events { _ = try log.record([event]) }
      var lines: [JSON] = []
      var export = try TrainingExport(
        TrainingExport.Options(collection: "shop"),
        store: store,
        events: log
      ) { lines.append($0) }
      try export.writeHeader()
      if let judgments { try export.writeJudgments(judgments) }
      try export.writeSearches()
      return lines
    }
  }

  private static func column(_ list: JSON, _ name: String) -> [String: Double] {
    let ids = list["ids"]?.array?.compactMap(\.string) ?? []
    let values = list["features"]?[name]?.array?.map { $0.double ?? .nan } ?? []
    return Dictionary(uniqueKeysWithValues: zip(ids, values))
  }

  @Test func labelsAreWhatCameOfEachSearchAndFeaturesWhatCameBefore() throws {
    let events = [
      Self.search("ann", "a", at: 0),
      Self.action(.click, "ann", "2", search: "a", at: 5),
      Self.action(.purchase, "ann", "2", search: "a", at: 9),
      // Of this one nothing comes.
      Self.search("bob", "b", at: 20),
      Self.search("ann", "c", at: 60),
      Self.action(.click, "ann", "3", search: "c", at: 61),
      // Not shown, so no label.
      Self.action(.click, "ann", "4", search: "c", at: 62),
    ]
    let lists = try Self.lines(of: events).filter { $0["query"] != nil }
    #expect(lists.count == 2)
    let (first, second) = (try #require(lists.first), try #require(lists.last))
    func labels(_ list: JSON, _ key: String) -> [String: Int64] {
      let ids = list["ids"]?.array?.compactMap(\.string) ?? []
      let values = list[key]?.array ?? []
      return Dictionary(zip(ids, values).compactMap { id, value in value.int.map { (id, $0) } }) {
        first,
        _ in first
      }
    }
    #expect(labels(first, "grades") == ["1": 0, "2": 3, "3": 0])
    #expect(labels(first, "positions") == ["1": 1, "2": 2, "3": 3])
    #expect(labels(second, "grades") == ["1": 0, "2": 0, "3": 1])
    // Before the first search there was nothing; before the second, the click and the purchase.
    #expect(Self.column(first, "_popularity").values.allSatisfy { $0 == 0 })
    let popularity = Self.column(second, "_popularity")
    #expect(popularity["1"] == 0)
    #expect(popularity["3"] == 0, "the click that is to be foretold must not count")
    #expect(abs((popularity["2"] ?? 0) - 11) < 0.01)
    let brands = Self.column(second, "_brand_affinity")
    #expect(brands["2"] == 1)
    #expect(brands["1"] == 0)
    #expect(Self.column(first, "_brand_affinity").values.allSatisfy { $0.isNaN })
    #expect((Self.column(second, "_price_affinity")["2"] ?? 0) > 0.99)
  }

  @Test func judgedQueriesHaveEveryCandidateAndTheGradesOfTheOthers() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).tsv")
    defer { try? FileManager.default.removeItem(at: path) }
    try "lamp\t2\t3\nlamp\t99\t1\nunknown\t1\t2\n".write(
      to: path,
      atomically: true,
      encoding: .utf8
    )
    let lines = try Self.lines(of: [], judgments: try Judgments(path: path.path))
    #expect(lines.first?["format"]?.int == 1)
    #expect(lines.first?["text_fields"] == ["title", "brand"])
    #expect(lines.filter { $0["document"] != nil }.count == 4)
    #expect(lines.contains { $0["text"] == "red lamp 2. Bright" })
    let lists = lines.filter { $0["query"] != nil }
    let list = try #require(lists.first)
    #expect(lists.count == 1)
    #expect(list["source"] == "judgments")
    #expect(list["ids"]?.array?.count == 4)
    #expect(list["other_grades"] == [1])
    #expect(Self.column(list, "recall_rank").values.sorted() == [0, 1, 2, 3])
    #expect(Self.column(list, "price")["3"] == 30)
    let title = try #require(Self.column(list, "_bm25.title")["1"])
    let score = try #require(Self.column(list, "recall_score")["1"])
    #expect(title > 0)
    #expect(abs(title + (Self.column(list, "_bm25.brand")["1"] ?? .nan) - score) < 0.01)
  }

  /// Against a join by hand over random logs.
  @Test func theJoinIsThatOfAPlainOne() {
    let seed = UInt64.random(in: 0...(.max))
    var random = SeededRandom(seed: seed)
    var joiner = SearchJoiner(collection: "shop", limit: 1000)
    var expected: [(id: String, grades: [String: Int])] = []
    for step in 0..<400 {
      let shopper = "s\(Int.random(in: 0..<3, using: &random))"
      if expected.isEmpty || Int.random(in: 0..<3, using: &random) == 0 {
        joiner.add(Self.search(shopper, "q\(step)", at: Int64(step)))
        expected.append(("q\(step)", ["1": 0, "2": 0, "3": 0]))
      } else {
        let index = Int.random(in: 0..<expected.count, using: &random)
        let product = "\(Int.random(in: 1...4, using: &random))"
        let kinds: [(Event.Kind, Int)] = [(.click, 1), (.addToCart, 2), (.purchase, 3), (.view, 0)]
        let (kind, grade) = kinds[Int.random(in: 0..<4, using: &random)]
        let id = expected[index].id
        joiner.add(Self.action(kind, shopper, product, search: id, at: Int64(step)))
        if let known = expected[index].grades[product] {
          expected[index].grades[product] = max(known, grade)
        }
      }
    }
    let found = joiner.lists().map { $0.labels.mapValues(\.grade) }
    let wanted = expected.map(\.grades).filter { $0.values.contains { $0 > 0 } }
    #expect(found == wanted, "seed \(seed)")
  }
}

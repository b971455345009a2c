// SPDX-License-Identifier: Apache-2.0

import JSON
import SearchIndex
import TestSupport
import Testing

struct TierTests {
  private struct Document {
    var id: String
    var title: [String]
    var tags: [[String]]
    var note: [String]
    var rank: Int

    var texts: TierModel.Texts { [[title], tags, [note]] }

    var operation: DocumentOperation {
      DocumentOperation(
        .create,
        [
          "id": .string(id), "title": .string(title.joined(separator: " ")),
          "tags": .array(tags.map { .string($0.joined(separator: " ")) }),
          "note": .string(note.joined(separator: " ")), "rank": .int(Int64(rank)),
        ]
      )
    }
  }

  private static let vocabulary = [
    "red", "redder", "blue", "bluer", "tin", "tint", "tinted", "oak", "oaken", "map",
  ]

  private func makeDocuments(_ random: inout SeededRandom) -> [Document] {
    func words(_ most: Int) -> [String] {
      (0..<Int.random(in: 1...most, using: &random)).map { _ in
        Self.vocabulary.randomElement(using: &random) ?? ""
      }
    }
    return (0..<Int.random(in: 50...700, using: &random)).map { number in
      Document(
        id: "\(number)",
        title: words(6),
        tags: (0..<Int.random(in: 1...3, using: &random)).map { _ in words(2) },
        note: words(30),
        rank: Int.random(in: 0...20, using: &random)
      )
    }
  }

  private func withCollection(
    _ documents: [Document],
    _ random: inout SeededRandom,
    _ body: (Snapshot, inout SeededRandom) throws -> Void
  ) throws {
    try withTemporaryDirectory { directory in
      var fields = ["title", "tags", "note"].map { Field(name: $0, type: .string) }
      fields[1] = Field(name: "tags", type: .strings)
      fields[1].facet = true
      fields.append(Field(name: "rank", type: .int32))
      let schema = CollectionSchema(name: "p", fields: fields, defaultSortingField: "rank")
      let collection = try IndexStore(directory: directory).createCollection(schema)
      // Several segments.
      var rest = documents[...]
      while !rest.isEmpty {
        let part = rest.prefix(Int.random(in: 10...300, using: &random))
        _ = try collection.write(part.map(\.operation))
        rest = rest.dropFirst(part.count)
      }
      try body(collection.snapshot, &random)
    }
  }

  private func makeRequest(_ random: inout SeededRandom) -> (SearchRequest, TierModel) {
    let query = (0..<Int.random(in: 1...3, using: &random)).map { _ in
      Self.vocabulary.randomElement(using: &random) ?? ""
    }
    let weights = (0..<3).map { _ in Int.random(in: 0...5, using: &random) }
    var model = TierModel(weights: weights, query: query, isOpen: .random(using: &random))
    model.options.kind =
      [.maxScore, .maxWeight, .sumScore].randomElement(using: &random) ?? .maxScore
    model.options.prefersWhole = .random(using: &random)
    model.options.prefersEarly = .random(using: &random)
    model.options.countsFields = .random(using: &random)
    var request = SearchRequest()
    request.query = query.joined(separator: " ")
    request.fields = zip(["title", "tags", "note"], weights).map { name, weight in
      var field = SearchRequest.QueryField(name: name, prefix: model.isOpen, typos: 0)
      field.tierWeight = weight
      return field
    }
    request.tiers = model.options
    (request.typoThreshold, request.splitJoin) = (0, .never)
    request.dropThreshold = Bool.random(using: &random) ? 0 : 1000
    (request.offset, request.limit) = (Int.random(in: 0...20, using: &random), 50)
    return (request, model)
  }

  /// Every order is that of sorting all that match.
  @Test(arguments: 1...20)
  func ordersAsTheModel(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let documents = makeDocuments(&random)
    try withCollection(documents, &random) { snapshot, random in
      for _ in 0..<8 {
        let (request, model) = makeRequest(&random)
        let least = request.dropThreshold == 0 ? model.query.count : 1
        var expected = documents.filter { model.held($0.texts) >= least }
        if request.dropThreshold > 0 {
          // Words are dropped one by one until there are hits enough.
          for count in stride(from: model.query.count, through: 1, by: -1) {
            let kept = expected.filter { model.held($0.texts) >= count }
            guard kept.count >= 1000 || count == 1 else { continue }
            expected = kept
            break
          }
        }
        let keys = expected.map { (model.match($0.texts).score, $0.rank) }.sorted(by: >)
          .dropFirst(request.offset).prefix(request.limit)
        let result = try snapshot.search(request)
        let message: Comment = "seed \(seed), query \(request.query), \(model)"
        #expect(result.found == expected.count, message)
        try #require(result.hits.count == keys.count, message)
        for (hit, key) in zip(result.hits, keys) {
          let document = documents[Int(hit.id) ?? 0]
          let match = model.match(document.texts)
          try #require((match.score, document.rank) == key, message)
          #expect(hit.textMatch.score == Int64(match.score), message)
          #expect(hit.textMatch.words == model.held(document.texts), message)
          #expect(hit.textMatch.fields == match.fields, message)
        }
      }
    }
  }

  /// Buckets are runs of equal length of the order without them.
  @Test(arguments: 1...10)
  func bucketsAreRuns(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let documents = makeDocuments(&random)
    try withCollection(documents, &random) { snapshot, random in
      var (request, _) = makeRequest(&random)
      (request.offset, request.limit) = (0, 250)
      request.sort = "_text_match:desc,rank:desc"
      let plain = try snapshot.search(request)
      let count = Int.random(in: 1...12, using: &random)
      request.sort = "_text_match(buckets: \(count)):desc,rank:desc"
      let bucketed = try snapshot.search(request).hits.map { documents[Int($0.id) ?? 0].rank }
      var expected: [(bucket: Int, rank: Int)] = plain.hits.enumerated().map { place, hit in
        (place * min(count, plain.found) / plain.found, documents[Int(hit.id) ?? 0].rank)
      }
      guard plain.hits.count == plain.found else { return }
      expected.sort { ($0.bucket, -$0.rank) < ($1.bucket, -$1.rank) }
      #expect(bucketed == expected.map(\.rank), "seed \(seed), query \(request.query)")
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import JSON
import SearchIndex
import TestSupport
import Testing

/// Facets against counting in dictionaries.
struct FacetTests {
  private struct Product {
    var colours: [String]
    var brand: String?
    var price: Double?
    var isNew: Bool

    init(_ random: inout SeededRandom) {
      let names = ["red", "Red", "blue", "green", "grün", "sea green", "无", "a\"b"]
      colours = (0..<Int.random(in: 0...3, using: &random)).compactMap { _ in
        names.randomElement(using: &random)
      }
      brand = Bool.random(using: &random) ? "b\(Int.random(in: 0...80, using: &random))" : nil
      price =
        Int.random(in: 0...4, using: &random) > 0
        ? Double(Int.random(in: -40...40, using: &random)) / 4 : nil
      isNew = Bool.random(using: &random)
    }

    func json(_ id: Int) -> JSON {
      var members = [
        JSON.Member("id", .string("\(id)")), JSON.Member("new", .bool(isNew)),
        JSON.Member("colours", .array(colours.map { .string($0) })),
      ]
      if let brand { members.append(JSON.Member("brand", .string(brand))) }
      if let price { members.append(JSON.Member("price", .double(price))) }
      return .object(members)
    }
  }

  private static let schema: CollectionSchema = {
    var fields = [
      Field(name: "colours", type: .strings), Field(name: "brand", type: .string),
      Field(name: "price", type: .float), Field(name: "new", type: .bool),
    ]
    for index in fields.indices { (fields[index].facet, fields[index].optional) = (true, true) }
    return CollectionSchema(name: "p", fields: fields)
  }()

  private func expected(_ values: [[String]]) -> [String: Int] {
    values.reduce(into: [:]) { counts, own in
      for value in Set(own) { counts[value, default: 0] += 1 }
    }
  }

  private func text(_ number: Double) -> String {
    Int64(exactly: number).map(String.init) ?? "\(number)"
  }

  @Test(arguments: 0..<12)
  func agreesWithDictionaries(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    var products = (0..<Int.random(in: 1...300, using: &random)).map { _ in Product(&random) }
    let facets = try withTemporaryDirectory { directory in
      let collection = try IndexStore(directory: directory).createCollection(Self.schema)
      // Several segments, and some documents that were replaced.
      var start = 0
      while start < products.count {
        let end = min(products.count, start + Int.random(in: 1...100, using: &random))
        let batch = (start..<end).map { DocumentOperation(.create, products[$0].json($0)) }
        _ = try collection.write(batch)
        start = end
      }
      let changed = Int.random(in: 0..<products.count, using: &random)
      products[changed] = Product(&random)
      _ = try collection.write([DocumentOperation(.upsert, products[changed].json(changed))])
      var request = SearchRequest()
      request.facets = ["colours", "brand", "price", "new"]
      request.facetLimit = [1, 5, 64, 65, 1000].randomElement(using: &random) ?? 10
      let result = try collection.snapshot.search(request)
      for facet in result.facets { #expect(facet.counts.count <= request.facetLimit) }
      return result.facets
    }
    let models = [
      expected(products.map(\.colours)), expected(products.map { $0.brand.map { [$0] } ?? [] }),
      expected(products.map { $0.price.map { [text($0)] } ?? [] }),
      expected(products.map { [$0.isNew ? "true" : "false"] }),
    ]
    for (facet, model) in zip(facets, models) {
      #expect(facet.totalValues == model.count, "seed \(seed)")
      for (value, count) in facet.counts { #expect(model[value] == count, "seed \(seed)") }
      let best = model.values.sorted(by: >).prefix(facet.counts.count)
      #expect(facet.counts.map(\.count) == Array(best), "seed \(seed)")
      #expect(Set(facet.counts.map(\.value)).count == facet.counts.count, "seed \(seed)")
    }
    let prices = products.compactMap(\.price)
    #expect(facets[2].statistics?.min == prices.min(), "seed \(seed)")
    #expect(facets[2].statistics?.max == prices.max(), "seed \(seed)")
    #expect(facets[2].statistics?.sum == (prices.isEmpty ? nil : prices.reduce(0, +)))
    #expect(facets[3].statistics == nil)
  }

  /// Grouped, a value counts once for a group.
  @Test(arguments: 0..<6)
  func countsGroups(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let products = (0..<200).map { _ in Product(&random) }
    try withTemporaryDirectory { directory in
      let collection = try IndexStore(directory: directory).createCollection(Self.schema)
      for start in stride(from: 0, to: products.count, by: 70) {
        let batch = (start..<min(products.count, start + 70)).map {
          DocumentOperation(.create, products[$0].json($0))
        }
        _ = try collection.write(batch)
      }
      var request = SearchRequest()
      (request.groupBy, request.facets) = (["brand"], ["colours", "price", "brand"])
      request.facetLimit = 1000
      let facets = try collection.snapshot.search(request).facets
      let groups = Dictionary(grouping: products) { $0.brand }.values
      let models = [
        expected(groups.map { $0.flatMap(\.colours) }),
        expected(groups.map { $0.compactMap(\.price).map(text) }),
        expected(groups.map { $0.compactMap(\.brand) }),
      ]
      for (facet, model) in zip(facets, models) {
        #expect(facet.counts.count == model.count, "seed \(seed)")
        for (value, count) in facet.counts { #expect(model[value] == count, "seed \(seed)") }
      }
    }
  }

  @Test func valuesOfEqualCountsAscend() throws {
    try withTemporaryDirectory { directory in
      let collection = try IndexStore(directory: directory).createCollection(Self.schema)
      for (id, price) in [9.0, 10, 2.5, -1].enumerated() {
        let product: JSON = [
          "id": .string("\(id)"), "price": .double(price), "brand": .string("b\(3 - id)"),
        ]
        _ = try collection.write([DocumentOperation(.create, product)])
      }
      var request = SearchRequest()
      request.facets = ["price", "brand"]
      request.facetLimit = 3
      let facets = try collection.snapshot.search(request).facets
      #expect(facets[0].counts.map(\.value) == ["-1", "2.5", "9"])
      #expect(facets[1].counts.map(\.value) == ["b0", "b1", "b2"])
      request.facetOptions["brand"] = FacetOptions()
      request.facetOptions["brand"]?.order = .value(ascending: false)
      let descending = try collection.snapshot.search(request).facets[1].counts
      #expect(descending.map(\.value) == ["b3", "b2", "b1"])
    }
  }
}

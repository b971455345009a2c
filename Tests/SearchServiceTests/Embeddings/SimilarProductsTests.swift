// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import SearchIndex
import TestSupport
import Testing

@testable import SearchService

@Suite struct SimilarProductsTests {
  private static let schema: JSON = [
    "name": "shop",
    "fields": [
      ["name": "title", "type": "string"], ["name": "price", "type": "float"],
      ["name": "image", "type": "float[]", "num_dim": 8, "optional": true],
      ["name": "sound", "type": "float[]", "num_dim": 3, "optional": true],
    ],
  ]

  private struct Product {
    var id: String
    var price: Double
    var vectors: [String: [Float]]
  }

  private static func cosine(_ a: [Float], _ b: [Float]) -> Double {
    let dot = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    let lengths = (a.reduce(0) { $0 + $1 * $1 } * b.reduce(0) { $0 + $1 * $1 }).squareRoot()
    return Double(dot / lengths)
  }

  private static func shop(_ directory: String, _ products: [Product]) throws -> Engine {
    let engine = try Engine(IndexStore(directory: directory), bootstrapKey: "k")
    _ = try engine.createCollection(schema)
    let operations = products.map { product in
      let vectors = product.vectors.map { field, vector in
        JSON.Member(field, .array(vector.map { .double(Double($0)) }))
      }
      return DocumentOperation(
        .create,
        .object(
          [
            JSON.Member("id", .string(product.id)), JSON.Member("title", "thing"),
            JSON.Member("price", .double(product.price)),
          ] + vectors
        )
      )
    }
    for result in try engine.write(operations, to: "shop") {
      if case .failure(let error) = result { throw error }
    }
    try engine.embeddings.run("shop") { _ in }
    return engine
  }

  private static func products(_ count: Int, _ random: inout SeededRandom) -> [Product] {
    func vector(_ dimension: Int) -> [Float] {
      (0..<dimension).map { _ in Float.random(in: -1...1, using: &random) }
    }
    return (0..<count).map { number in
      var product = Product(id: "p\(number)", price: Double(number % 10), vectors: [:])
      if Int.random(in: 0..<5, using: &random) > 0 { product.vectors["image"] = vector(8) }
      if Int.random(in: 0..<5, using: &random) > 0 { product.vectors["sound"] = vector(3) }
      return product
    }
  }

  /// Against the cosines of the vectors as they were sent.
  @Test(arguments: [1, 2]) func nearestAreNearest(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let products = Self.products(250, &random)
    try withTemporaryDirectory { directory in
      let engine = try Self.shop(directory, products)
      for start in products.prefix(20) {
        var request = RecommendationRequest(.similar, collection: "shop")
        request.ids = [start.id]
        request.limit = 5
        request.filter = Bool.random(using: &random) ? "price:<3" : ""
        if Bool.random(using: &random) { request.sources = ["image": 2, "sound": 1] }
        let expected = products.compactMap { other -> (String, Double)? in
          guard other.id != start.id, request.filter.isEmpty || other.price < 3 else { return nil }
          var (score, weight) = (0.0, 0.0)
          for (field, vector) in start.vectors {
            guard let own = other.vectors[field] else { continue }
            let part = request.sources[field] ?? 1
            score += part * Self.cosine(vector, own)
            weight += part
          }
          return weight > 0 && score > 0 ? (other.id, score / weight) : nil
        }
        let scores = Dictionary(uniqueKeysWithValues: expected)
        let best = expected.map(\.1).sorted(by: >).prefix(5)
        guard best.count == 5 else { continue }
        let found = try engine.recommend(request)
        #expect(found.count == 5)
        for (recommendation, score) in zip(found, best) {
          let id = recommendation.document["id"]?.string ?? ""
          #expect(abs((scores[id] ?? -1) - score) < 0.02, "seed \(seed), \(start.id)")
          #expect(abs(recommendation.score - score) < 0.02, "seed \(seed), \(start.id)")
        }
      }
    }
  }

  @Test func deletedProductsAreNotShown() throws {
    var random = SeededRandom(seed: 4)
    let products = Self.products(30, &random).filter { $0.vectors["image"] != nil }
    try withTemporaryDirectory { directory in
      let engine = try Self.shop(directory, products)
      var request = RecommendationRequest(.similar, collection: "shop")
      (request.ids, request.sources) = ([products[0].id], ["image": 1])
      let first = try #require(try engine.recommend(request).first?.document["id"]?.string)
      _ = try engine.write([DocumentOperation(.delete, ["id": .string(first)])], to: "shop")
      let ids = try engine.recommend(request).map { $0.document["id"]?.string }
      #expect(!ids.contains(first))
    }
  }

  @Test func withoutVectorsTitlesDecide() throws {
    try withTemporaryDirectory { directory in
      let products = (0..<3).map { Product(id: "p\($0)", price: 1, vectors: [:]) }
      let engine = try Self.shop(directory, products)
      var request = RecommendationRequest(.similar, collection: "shop")
      #expect(throws: IndexError.self) { try engine.recommend(request) }
      request.ids = ["p0"]
      #expect(try engine.recommend(request).count == 2)
      request.sources = ["smell": 1]
      #expect(throws: IndexError.self) { try engine.recommend(request) }
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import SearchService
import Testing

@testable import SearchAPI

/// Vectors that documents bring, over the API.
@Suite struct VectorTests {
  private static let schema = """
    {"name": "shop", "fields": [
      {"name": "title", "type": "string"}, {"name": "price", "type": "int32"},
      {"name": "image", "type": "float[]", "num_dim": 2, "optional": true}]}
    """
  private static let documents = """
    {"id": "1", "title": "one", "price": 1, "image": [1, 0]}
    {"id": "2", "title": "two", "price": 2, "image": [0.9, 0.1]}
    {"id": "3", "title": "three", "price": 3, "image": [0.5, 0.5]}
    {"id": "4", "title": "four", "price": 4, "image": [-1, 0]}
    {"id": "5", "title": "five", "price": 5}
    """

  private func shop() throws -> Shop {
    let shop = try Shop()
    #expect(try shop.send("POST", "/collections", Self.schema).status == 201)
    let imported = try shop.send("POST", "/collections/shop/documents/import", Self.documents)
    #expect(!imported.text.contains("false"))
    try shop.engine.embeddings.run("shop") { _ in }
    return shop
  }

  private func similar(_ shop: Shop, _ query: [String: String]) throws -> [String] {
    let answer = try shop.json(
      "GET",
      "/x/recommendations/similar",
      query: query.merging(["collection": "shop", "id": "1"]) { own, _ in own }
    )
    return answer["recommendations"]?.array?.compactMap { $0["document"]?["id"]?.string } ?? []
  }

  @Test func similarProductsAreNearest() throws {
    let shop = try shop()
    #expect(try similar(shop, ["vectors": "image:2", "limit": "2"]) == ["2", "3"])
    #expect(try similar(shop, ["filter_by": "price:>2", "limit": "1"]) == ["3"])
    for vectors in ["smell", "image:0", "image:x", "image:-1"] {
      let answer = try shop.send(
        "GET",
        "/x/recommendations/similar",
        query: ["collection": "shop", "id": "1", "vectors": vectors]
      )
      #expect(answer.status == 400, "\(vectors)")
    }
  }

  @Test func vectorsMustHaveTheirDimension() throws {
    let shop = try shop()
    for image in ["[1]", "[1, 2, 3]", "[\"a\", \"b\"]", "7", "{}"] {
      let answer = try shop.send(
        "POST",
        "/collections/shop/documents",
        "{\"title\": \"x\", \"price\": 1, \"image\": \(image)}"
      )
      #expect(answer.status == 400, "\(image)")
    }
    for number in ["-1", "5000", "\"2\""] {
      let schema = Self.schema.replacing("\"num_dim\": 2", with: "\"num_dim\": \(number)")
        .replacing("\"shop\"", with: "\"other\"")
      #expect(try shop.send("POST", "/collections", schema).status == 400, "\(number)")
    }
  }

  @Test func theSchemaAndTheFiguresTellOfVectors() throws {
    let shop = try shop()
    let fields = try shop.json("GET", "/collections/shop")["fields"]?.array
    let image = try #require(fields?.first { $0["name"]?.string == "image" })
    #expect(image["num_dim"]?.int == 2)
    #expect(image["sort"]?.bool == false)
    let progress = try #require(try shop.json("GET", "/stats.json")["embeddings"]?.array?.first)
    #expect(progress["done"]?.int == 5)
    #expect(progress["complete"]?.bool == true)
    let metrics = try shop.send("GET", "/metrics").text
    #expect(
      metrics.contains("martlet_embedded_documents{collection=\"shop\",source=\"image\"} 5\n")
    )
  }
}

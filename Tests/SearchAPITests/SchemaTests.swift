// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPServer
import JSON
import Testing

@testable import SearchAPI

@Suite struct SchemaTests {
  private func fields(_ shop: Shop) throws -> [String: String] {
    var types: [String: String] = [:]
    for field in try shop.json("GET", "collections/c")["fields"]?.array ?? [] {
      types[field["name"]?.string ?? ""] = field["type"]?.string
    }
    return types
  }

  private func found(_ shop: Shop, _ query: [String: String]) throws -> Int64? {
    try shop.json("GET", "collections/c/documents/search", query: query)["found"]?.int
  }

  @Test func openFieldsTakeTheTypesOfTheirValues() throws {
    let shop = try Shop()
    let made = try shop.send(
      "POST",
      "collections",
      #"{"name":"c","enable_nested_fields":true,"fields":[{"name":".*","type":"auto"}]}"#
    )
    #expect(made.status == 201, "\(made.text)")
    let documents = """
      {"id":"1","title":"Red lamp","price":10,"stock":true,"size":{"cm":[1,2]},"tags":["a","b"]}
      {"id":"2","title":"Blue lamp","price":10.5,"parts":[{"name":"bulb"},{"name":"foot"}],"none":null}
      """
    let answer = try shop.send("POST", "collections/c/documents/import", documents)
    #expect(answer.text == "{\"success\":true}\n{\"success\":true}")
    #expect(
      try fields(shop) == [
        ".*": "auto", "title": "string", "price": "float", "stock": "bool", "size.cm": "int64[]",
        "tags": "string[]", "parts.name": "string[]",
      ]
    )
    #expect(try found(shop, ["q": "bulb", "query_by": "parts.name"]) == 1)
    #expect(try found(shop, ["q": "*", "filter_by": "price:>10 && title:lamp"]) == 1)
    _ = try shop.send("POST", "collections/c/documents", #"{"id":"3","title":"Oak","rating":4}"#)
    #expect(try fields(shop)["rating"] == "int64")
    #expect(try found(shop, ["q": "*", "filter_by": "rating:4"]) == 1)
  }

  @Test func namesMayBeExpressions() throws {
    let shop = try Shop()
    _ = try shop.send(
      "POST",
      "collections",
      """
      {"name":"c","fields":[{"name":"title","type":"string"},
        {"name":".*_facet","type":"string","facet":true},{"name":"n_.*","type":"string*"}]}
      """
    )
    let document = #"{"id":"1","title":"Lamp","color_facet":"red","n_1":7,"other":"x"}"#
    #expect(try shop.send("POST", "collections/c/documents", document).status == 201)
    let types = try fields(shop)
    #expect(types["color_facet"] == "string")
    #expect(types["n_1"] == "string")
    #expect(types["other"] == nil)
    let answer = try shop.json(
      "GET",
      "collections/c/documents/search",
      query: ["q": "*", "facet_by": "color_facet"]
    )
    #expect(answer["facet_counts"]?.array?.first?["counts"]?.array?.count == 1)
  }

  @Test func objectsStandForWhatIsInThem() throws {
    let shop = try Shop()
    #expect(
      try shop.send("POST", "collections", #"{"name":"c","fields":[{"name":"o","type":"object"}]}"#)
        .status == 400
    )
    _ = try shop.send(
      "POST",
      "collections",
      #"{"name":"c","enable_nested_fields":true,"fields":[{"name":"o","type":"object"}]}"#
    )
    _ = try shop.send("POST", "collections/c/documents", #"{"id":"1","o":{"a":"x"},"p":{"a":"y"}}"#)
    #expect(try fields(shop) == ["o": "object", "o.a": "string"])
    #expect(try found(shop, ["q": "x", "query_by": "o.a"]) == 1)
    let patch = #"{"fields":[{"name":"p","type":"object"}]}"#
    #expect(try shop.send("PATCH", "collections/c", patch).status == 200)
    #expect(try found(shop, ["q": "y", "query_by": "p.a"]) == 1)
  }

  /// Whatever is written while a schema changes is there afterwards, as it was last written.
  @Test func writesDuringAChangeAreKept() throws {
    let shop = try Shop()
    _ = try shop.send(
      "POST",
      "collections",
      #"{"name":"c","fields":[{"name":"title","type":"string"},{"name":"n","type":"int32"}]}"#
    )
    let lines = (0..<20_000).map { "{\"id\":\"\($0)\",\"title\":\"lamp \($0)\",\"n\":0}" }
    _ = try shop.send("POST", "collections/c/documents/import", lines.joined(separator: "\n"))
    nonisolated(unsafe) let unsafeShop = shop
    let writer = Task.detached {
      var last: [Int: Int] = [:]
      for round in 1...300 {
        let id = round * 37 % 20_000
        if round % 5 == 0 {
          _ = try unsafeShop.send("DELETE", "collections/c/documents/\(id)")
          last[id] = -1
        } else {
          let body = "{\"n\":\(round)}"
          let status = try unsafeShop.send("PATCH", "collections/c/documents/\(id)", body).status
          if status == 200 { last[id] = round }
        }
      }
      return last
    }
    let patch = #"{"fields":[{"name":"later","type":"string","optional":true}]}"#
    #expect(try shop.send("PATCH", "collections/c", patch).status == 200)
    let done = DispatchSemaphore(value: 0)
    nonisolated(unsafe) var last: [Int: Int] = [:]
    Task.detached {
      last = (try? await writer.value) ?? [:]
      done.signal()
    }
    done.wait()
    #expect(last.count > 200)
    for (id, n) in last {
      let (status, text) = try shop.send("GET", "collections/c/documents/\(id)")
      if n < 0 {
        #expect(status == 404, "\(id)")
      } else {
        #expect(try JSON(parsing: text)["n"]?.int == Int64(n), "\(id)")
      }
    }
    #expect(try shop.json("GET", "collections")[""] == nil)
    #expect(try shop.json("GET", "operations/schema_changes").array?.isEmpty == true)
  }
}

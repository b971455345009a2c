// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPServer
import JSON
import SearchAPI
import SearchIndex
import SearchService

/// Answers requests one after the other on one thread, without sockets: what a request costs from its
/// head to the bytes of its answer.
struct RequestBenchmark {
  private static let key = "benchmark"

  private let api: SearchAPI
  private let requests: [HTTPRequest]

  /// Opens a data directory, for requests given as paths with query strings.
  init(directory: String, paths: [String]) throws {
    let engine = try Self.engine(directory)
    api = SearchAPI(engine)
    requests = paths.map { Self.request("GET", $0) }
    for request in requests.prefix(1) { try check(request) }
  }

  private static func engine(_ directory: String) throws -> Engine {
    // valgrind has no room for more.
    let store = try IndexStore(directory: directory, mapSize: 8 << 30)
    return try Engine(store, bootstrapKey: key)
  }

  private static func request(_ method: String, _ path: String, _ body: [UInt8] = []) -> HTTPRequest
  {
    let parts = path.split(separator: "?", maxSplits: 1).map(String.init)
    var query: [String: String] = [:]
    for item in parts.dropFirst().first?.split(separator: "&") ?? [] {
      let pair = item.split(separator: "=", maxSplits: 1).map { part in
        part.replacing("+", with: " ").removingPercentEncoding ?? String(part)
      }
      query[pair[0]] = pair.dropFirst().first ?? ""
    }
    return HTTPRequest(
      method: method,
      path: (parts.first ?? "").split(separator: "/").map(String.init),
      query: query,
      headers: ["x-typesense-api-key": key],
      body: body
    )
  }

  @discardableResult
  private func check(_ request: HTTPRequest) throws -> HTTPResponse {
    let response = api.respond(request)
    guard response.status < 300 else {
      throw CommandError(
        message: "\(request.path.joined(separator: "/")) was answered with \(response.status)."
      )
    }
    return response
  }

  /// Answers all requests.
  ///
  /// - Returns: For each, the nanoseconds it took and the bytes of its body.
  func run() throws -> [(nanoseconds: UInt64, bytes: Int)] {
    try requests.map { request in
      let started = DispatchTime.now().uptimeNanoseconds
      let response = try check(request)
      let took = DispatchTime.now().uptimeNanoseconds - started
      guard case .bytes(let body) = response.body else { return (took, 0) }
      return (took, body.count)
    }
  }
}

extension RequestBenchmark {
  /// Whole answers on made-up input that is the same everywhere, for tools that count instructions.
  enum Kernel: String, CaseIterable {
    /// Searches with highlights and three facets.
    case search = "search-answer"
    /// Suggestions.
    case suggest = "suggest-answer"
  }

  private static let words = [
    "cordless", "drill", "lamp", "cable", "steel", "garden", "wireless", "phone", "case", "light",
    "black", "kitchen", "mouse", "paper", "travel", "coffee", "camera", "battery", "table", "wood",
    "outdoor", "charger", "holder", "cover", "stand", "board", "speaker", "mini", "usb", "set",
  ]

  /// Makes a catalogue of 5,100 products in a directory, and opens it.
  init(_ kernel: Kernel, directory: String) throws {
    let engine = try Self.engine(directory)
    api = SearchAPI(engine)
    let pairs = Self.words.indices.map { place in
      Self.words[place] + "+" + Self.words[(place * 7 + 3) % Self.words.count]
    }
    requests = (Self.words + pairs).map { text in
      switch kernel {
      case .search:
        Self.request(
          "GET",
          "/collections/kernel/documents/search?q=\(text)&query_by=title,description"
            + "&facet_by=brand,category,price"
        )
      case .suggest: Self.request("GET", "/x/suggest?collection=kernel&q=\(text.dropLast(2))")
      }
    }
    let schema: JSON = [
      "name": "kernel",
      "fields": [
        ["name": "title", "type": "string"], ["name": "description", "type": "string"],
        ["name": "brand", "type": "string", "facet": true], ["name": "price", "type": "float"],
        ["name": "category", "type": "string", "facet": true],
      ],
    ]
    try check(Self.request("POST", "/collections", schema.serialized()))
    // One large segment and a small one, whatever merges would have done meanwhile.
    try check(Self.request("POST", Self.importPath, Self.products(0..<5000)))
    try engine.collection(named: "kernel").compact()
    try check(Self.request("POST", Self.importPath, Self.products(5000..<5100)))
  }

  private static let importPath = "/collections/kernel/documents/import"

  private static func products(_ ids: Range<Int>) -> [UInt8] {
    var state = UInt64(ids.lowerBound + 1)
    func number(below limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % limit
    }
    func text(_ count: Int) -> String {
      (0..<count).map { _ in words[min(number(below: 30), number(below: 30))] }
        .joined(separator: " ")
    }
    var lines: [UInt8] = []
    for id in ids {
      let product: JSON = [
        "id": .string("\(id)"), "title": .string("\(text(5)) \(id)"),
        "description": .string(text(40)), "brand": .string("Brand \(number(below: 200))"),
        "category": .string("Category \(number(below: 40))"),
        "price": .double(Double(number(below: 100_000)) / 100),
        "image": .string("https://shop.example/images/\(id).jpg"),
      ]
      lines += product.serialized() + [UInt8(ascii: "\n")]
    }
    return lines
  }
}

// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPServer
import JSON
import SearchIndex
import SearchService
import Testing

@testable import SearchAPI

/// The whole API over a directory of its own, without a socket.
final class Shop {
  static let key = "bootstrap"
  let directory: URL
  let engine: Engine
  let api: SearchAPI

  init(_ options: SearchAPI.Options = SearchAPI.Options()) throws {
    directory = FileManager.default.temporaryDirectory
      .appending(path: "martlet-api-\(UUID().uuidString)")
    engine = try Engine(IndexStore(directory: directory.path), bootstrapKey: Self.key)
    api = SearchAPI(engine, options: options)
  }

  deinit { try? FileManager.default.removeItem(at: directory) }

  /// The status and body of one request.
  func send(
    _ method: String,
    _ path: String,
    _ body: String = "",
    query: [String: String] = [:],
    key: String = Shop.key
  ) throws -> (status: Int, text: String) {
    let response = api.respond(
      HTTPRequest(
        method: method,
        path: path.split(separator: "/").map(String.init),
        query: query,
        headers: ["x-typesense-api-key": key],
        body: Array(body.utf8)
      )
    )
    return (response.status, try response.text())
  }

  /// The JSON that one request gives.
  func json(
    _ method: String,
    _ path: String,
    _ body: String = "",
    query: [String: String] = [:]
  ) throws -> JSON { try JSON(parsing: try send(method, path, body, query: query).text) }
}

extension HTTPResponse {
  /// The whole body, streams read to their end.
  func text() throws -> String {
    switch body {
    case .bytes(let bytes): return String(decoding: bytes, as: UTF8.self)
    case .stream(let next):
      var all: [UInt8] = []
      while let part = try next() { all += part }
      return String(decoding: all, as: UTF8.self)
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import HTTPServer
import JSON
import SearchIndex
import SearchService

/// A request on its way through a route.
struct Call: Sendable {
  let api: SearchAPI
  var request: HTTPRequest
  /// The path's free parts by name.
  let values: [String: String]
  let grant: Grant

  var engine: Engine { api.engine }

  /// A free part of the path.
  subscript(name: String) -> String { values[name] ?? "" }

  /// The body as JSON.
  func body() throws -> JSON { try JSON(parsing: request.body) }

  /// The collection that the path names.
  func collection() throws -> Collection { try engine.collection(named: self["collection"]) }

  /// A query parameter that is a whole number, or nil if it is not given.
  func integer(_ name: String) throws -> Int? {
    guard let text = request.query[name], !text.isEmpty else { return nil }
    guard let value = Int(text), value >= 0 else {
      throw IndexError(.invalid, "Parameter `\(name)` must be an unsigned integer.")
    }
    return value
  }

  /// A query parameter that is a comma-separated list.
  func list(_ name: String) -> [String] {
    request.query[name]?.split(separator: ",").map { String($0).filter { $0 != " " } } ?? []
  }

  /// The part of a list that `limit` and `offset` ask for.
  func page(_ all: [JSON]) throws -> JSON {
    let rest = all.dropFirst(try integer("offset") ?? 0)
    return .array(Array(rest.prefix(try integer("limit") ?? rest.count)))
  }
}

/// A failure that the index has no code for.
struct APIError: Error {
  let status: Int
  let message: String

  static let forbidden = APIError(
    status: 401,
    message: "Forbidden - a valid `x-typesense-api-key` header must be sent."
  )
}

// SPDX-License-Identifier: Apache-2.0

public import HTTPServer
public import SearchIndex
import JSON
import SearchService

/// Answers HTTP requests in the Typesense v30 wire format.
public struct SearchAPI: Sendable {
  /// The headers that the routes read.
  public static let headers = ["x-typesense-api-key"]
  static let versionReported = "30.2"

  let store: IndexStore
  private let key: [UInt8]

  /// Creates the routes over a data directory.
  ///
  /// `key`: What clients must send as `X-TYPESENSE-API-KEY`.
  public init(store: IndexStore, key: String) {
    self.store = store
    self.key = Array(key.utf8)
  }

  /// Answers one request.
  public func respond(_ request: HTTPRequest) -> HTTPResponse {
    do {
      return try route(request)
    } catch let error as IndexError {
      return Self.failure(error)
    } catch let error as JSONError {
      return Self.message(400, error.message)
    } catch {
      return Self.message(500, "\(error)")
    }
  }

  private func route(_ request: HTTPRequest) throws -> HTTPResponse {
    if request.path == ["health"] { return Self.json(["ok": true]) }
    let given = request.headers["x-typesense-api-key"] ?? request.query["x-typesense-api-key"]
    guard let given, isKey(given) else {
      return Self.message(401, "Forbidden - a valid `x-typesense-api-key` header must be sent.")
    }
    switch (request.method, request.path.first ?? "", request.path.count) {
    case ("GET", "debug", 1):
      return Self.json(["state": 1, "version": .string(Self.versionReported)])
    case ("POST", "multi_search", 1): return try multiSearch(request)
    case (_, "collections", 1): return try collections(request)
    case (_, "collections", 2): return try collection(request, name: request.path[1])
    case (_, "collections", 3...):
      guard request.path[2] == "documents" else { break }
      return try documents(request, try store.collection(named: request.path[1]))
    default: break
    }
    return Self.message(404, "Not Found")
  }

  /// Compares in a time that depends on the lengths only.
  private func isKey(_ given: String) -> Bool {
    let given = Array(given.utf8)
    var difference = given.count ^ key.count
    for (index, byte) in given.enumerated() {
      difference |= Int(byte ^ (key.isEmpty ? 0 : key[index % key.count]))
    }
    return difference == 0
  }

  private func collections(_ request: HTTPRequest) throws -> HTTPResponse {
    switch request.method {
    case "GET": return Self.json(.array(store.collections.map(Self.describe)))
    case "POST":
      var schema = try CollectionSchema(json: try JSON(parsing: request.body))
      schema.createdAt = Self.now
      return Self.json(Self.describe(try store.createCollection(schema)), status: 201)
    default: return Self.message(404, "Not Found")
    }
  }

  private func collection(_ request: HTTPRequest, name: String) throws -> HTTPResponse {
    let collection = try store.collection(named: name)
    switch request.method {
    case "GET": return Self.json(Self.describe(collection))
    case "DELETE":
      let description = Self.describe(collection)
      try store.dropCollection(named: name)
      return Self.json(description)
    default: return Self.message(404, "Not Found")
    }
  }

  private func multiSearch(_ request: HTTPRequest) throws -> HTTPResponse {
    guard let searches = try JSON(parsing: request.body)["searches"]?.array else {
      return Self.message(400, "Missing `searches` array.")
    }
    guard searches.count <= 50 else {
      return Self.message(400, "Number of multi searches exceeds `50`.")
    }
    let results = searches.map { search -> JSON in
      var parameters = request.query
      for member in search.object ?? [] { parameters[member.key] = Self.text(member.value) }
      do {
        let collection = try store.collection(named: parameters["collection"] ?? "")
        return try self.search(collection, parameters)
      } catch let error as IndexError {
        return [
          "code": .int(Int64(Self.status(error.code))), "error": .string(error.message),
        ]
      } catch {
        return ["code": 500, "error": .string("\(error)")]
      }
    }
    return Self.json(["results": .array(results)])
  }

  func search(_ collection: Collection, _ parameters: [String: String]) throws -> JSON {
    let search = try SearchParameters(parameters)
    let result = try collection.snapshot.search(search.request)
    return ResultJSON.json(result, search, collection: collection.name)
  }

  /// A parameter's value as a query string would have it.
  private static func text(_ value: JSON) -> String {
    switch value {
    case .null: ""
    case .string(let text): text
    case .array(let elements): elements.map(text).joined(separator: ",")
    default: String(decoding: value.serialized(), as: UTF8.self)
    }
  }

  private static func describe(_ collection: Collection) -> JSON {
    let snapshot = collection.snapshot
    guard var members = snapshot.schema.json.object else { return .null }
    members.append(JSON.Member("num_documents", .int(Int64(snapshot.documentCount))))
    return .object(members)
  }
}

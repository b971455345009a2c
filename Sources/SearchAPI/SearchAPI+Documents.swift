// SPDX-License-Identifier: Apache-2.0

import HTTPServer
import JSON
import SearchIndex

extension SearchAPI {
  /// Routes below /collections/:name/documents.
  func documents(_ request: HTTPRequest, _ collection: Collection) throws -> HTTPResponse {
    let rest = request.path.dropFirst(3)
    switch (request.method, rest.first) {
    case ("POST", nil): return try create(request, collection)
    case ("DELETE", nil): return try deleteByFilter(request, collection)
    case ("POST", "import"): return try importLines(request, collection)
    case ("GET", "export"): return try export(request, collection)
    case ("GET", "search"): return Self.json(try search(collection, request.query))
    case (let method, let id?) where rest.count == 1:
      return try document(method, id, request, collection)
    default: return Self.message(404, "Not Found")
    }
  }

  private func action(_ request: HTTPRequest) throws -> DocumentOperation.Action {
    guard let action = DocumentOperation.Action(rawValue: request.query["action"] ?? "create"),
      action != .delete
    else {
      throw IndexError(.invalid, "Parameter `action` must be create, upsert, update or emplace.")
    }
    return action
  }

  private func create(_ request: HTTPRequest, _ collection: Collection) throws -> HTTPResponse {
    let document = try JSON(parsing: request.body)
    let results = try collection.write([DocumentOperation(try action(request), document)])
    return try stored(results, collection, status: 201)
  }

  /// The document that a single write left, or its failure.
  private func stored(
    _ results: [OperationResult],
    _ collection: Collection,
    status: Int
  ) throws -> HTTPResponse {
    switch results.first {
    case .success(let id):
      guard let bytes = try collection.snapshot.document(id) else {
        return Self.message(404, "Could not find a document with id: \(id).")
      }
      return HTTPResponse(status: status, body: bytes)
    case .failure(let error): return Self.failure(error)
    case nil: return Self.message(400, "There is no document.")
    }
  }

  private func document(
    _ method: String,
    _ id: String,
    _ request: HTTPRequest,
    _ collection: Collection
  ) throws -> HTTPResponse {
    switch method {
    case "GET":
      guard let bytes = try collection.snapshot.document(id) else {
        return Self.message(404, "Could not find a document with id: \(id).")
      }
      return HTTPResponse(body: bytes)
    case "PATCH":
      var members = try JSON(parsing: request.body).object ?? []
      members.removeAll { $0.key == "id" }
      members.append(JSON.Member("id", .string(id)))
      return try stored(
        try collection.write([DocumentOperation(.update, .object(members))]),
        collection,
        status: 200
      )
    case "DELETE":
      let bytes = try collection.snapshot.document(id)
      let results = try collection.write([DocumentOperation(.delete, ["id": .string(id)])])
      if case .failure(let error) = results.first {
        if request.query["ignore_not_found"] == "true", error.code == .notFound {
          return Self.json(["id": .string(id)])
        }
        return Self.failure(error)
      }
      return HTTPResponse(body: bytes ?? [])
    default: return Self.message(404, "Not Found")
    }
  }

  private func deleteByFilter(
    _ request: HTTPRequest,
    _ collection: Collection
  ) throws -> HTTPResponse {
    let filter = request.query["filter_by"] ?? ""
    guard !filter.isEmpty || request.query["truncate"] == "true" else {
      return Self.message(400, "Parameter `filter_by` must be provided.")
    }
    let ids = try collection.snapshot.ids(matching: filter)
    let results = try collection.write(
      ids.map { DocumentOperation(.delete, ["id": .string($0)]) }
    )
    let deleted = results.count { if case .success = $0 { true } else { false } }
    return Self.json(["num_deleted": .int(Int64(deleted))])
  }

  /// JSON lines in, one result a line out; the status is always 200.
  private func importLines(
    _ request: HTTPRequest,
    _ collection: Collection
  ) throws -> HTTPResponse {
    let action = try action(request)
    let parser = try JSONParser()
    var answers: [JSON?] = []
    var operations: [DocumentOperation] = []
    for line in request.body.split(separator: 0x0A) {
      guard line.contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }) else { continue }
      do {
        let document = try Array(line).withUnsafeBufferPointer { try parser.parse($0) { $0.tree } }
        operations.append(DocumentOperation(action, document))
        answers.append(nil)
      } catch let error as JSONError {
        answers.append(Self.refusal(400, error.message))
      }
    }
    var results = try collection.write(operations).makeIterator()
    let returnsID = request.query["return_id"] == "true"
    let returnsDocument = request.query["return_doc"] == "true"
    var writer = JSONWriter()
    for (index, answer) in answers.enumerated() {
      if index > 0 { writer.bytes.append(0x0A) }
      var line = answer
      if line == nil, let result = results.next() {
        switch result {
        case .failure(let error): line = Self.refusal(Self.status(error.code), error.message)
        case .success(let id):
          var members: [JSON.Member] = []
          if returnsDocument, let bytes = try collection.snapshot.document(id) {
            members.append(JSON.Member("document", try JSON(parsing: bytes)))
          }
          if returnsID { members.append(JSON.Member("id", .string(id))) }
          line = .object(members + [JSON.Member("success", true)])
        }
      }
      writer.write(line ?? .null)
    }
    return HTTPResponse(contentType: "text/plain; charset=utf-8", body: writer.bytes)
  }

  private static func refusal(_ code: Int, _ message: String) -> JSON {
    ["code": .int(Int64(code)), "error": .string(message), "success": false]
  }

  private func export(_ request: HTTPRequest, _ collection: Collection) throws -> HTTPResponse {
    var search = SearchRequest()
    search.includeFields =
      request.query["include_fields"]?.split(separator: ",").map(String.init) ?? []
    search.excludeFields =
      request.query["exclude_fields"]?.split(separator: ",").map(String.init) ?? []
    let keep = { (key: String) in
      (search.includeFields.isEmpty || search.includeFields.contains(key))
        && !search.excludeFields.contains(key)
    }
    let isWhole = search.includeFields.isEmpty && search.excludeFields.isEmpty
    var body: [UInt8] = []
    try collection.snapshot.forEachDocument(matching: request.query["filter_by"] ?? "") { bytes in
      if !body.isEmpty { body.append(0x0A) }
      if isWhole {
        body += bytes
      } else {
        let members = try JSON(parsing: bytes).object ?? []
        body += JSON.object(members.filter { keep($0.key) }).serialized()
      }
    }
    return HTTPResponse(contentType: "text/plain; charset=utf-8", body: body)
  }
}

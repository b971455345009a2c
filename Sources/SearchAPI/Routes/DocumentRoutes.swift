// SPDX-License-Identifier: Apache-2.0

import HTTPServer
import JSON
import SearchIndex
import SearchService

/// Documents, one or many.
extension SearchAPI {
  static let documentRoutes: [Route] = oneDocument + manyDocuments

  private static let path = "/collections/:collection/documents"
  private static let example: JSON = ["id": "1", "title": "Red lamp", "price": 19.9]

  private static let oneDocument: [Route] = [
    Route(
      "POST",
      path,
      "documents:write",
      "Adds or changes a document.",
      query: ["action", "dirty_values"],
      example: example
    ) { call in
      let operation = DocumentOperation(
        try call.action(),
        utf8: call.request.body,
        dirtyValues: try call.dirtyValues()
      )
      return try call.stored(call.write([operation]), status: 201)
    },
    Route(
      "GET",
      path + "/:id",
      "documents:get",
      "Reads a document.",
      query: ["include_fields", "exclude_fields"]
    ) { call in
      guard let bytes = try call.collection().snapshot.document(call["id"]) else {
        throw call.missingDocument
      }
      return HTTPResponse(body: try call.fieldSelection.apply(to: bytes))
    },
    Route(
      "PATCH",
      path + "/:id",
      "documents:update",
      "Changes the given fields of a document.",
      query: ["dirty_values"],
      example: ["price": 17.5]
    ) { call in
      guard let given = try call.body().object else {
        throw IndexError(.invalid, "Bad JSON: send an object with the fields to change.")
      }
      let members = given.filter { $0.key != "id" }
      let document = JSON.object([JSON.Member("id", .string(call["id"]))] + members)
      let operation = DocumentOperation(.update, document, dirtyValues: try call.dirtyValues())
      return try call.stored(call.write([operation]), status: 200)
    },
    Route(
      "DELETE",
      path + "/:id",
      "documents:delete",
      "Removes a document.",
      query: ["ignore_not_found"]
    ) { call in
      let bytes = try call.collection().snapshot.document(call["id"])
      let operation = DocumentOperation(.delete, ["id": .string(call["id"])])
      if case .failure(let error) = try call.write([operation]).first {
        guard error.code == .notFound, call.request.query["ignore_not_found"] == "true" else {
          throw error
        }
        return .json(["id": .string(call["id"])])
      }
      return HTTPResponse(body: bytes ?? [])
    },
  ]

  private static let manyDocuments: [Route] = [
    Route(
      "PATCH",
      path,
      "documents:update",
      "Changes the given fields of all documents that satisfy a filter.",
      query: ["filter_by", "dirty_values"],
      example: ["price": 17.5]
    ) { call in
      let filter = try call.filter()
      let change = try call.body()
      guard change.object != nil else {
        throw IndexError(.invalid, "Bad JSON: send an object with the fields to change.")
      }
      let count = try call.engine.change(
        call["collection"],
        matching: filter,
        to: change,
        dirtyValues: try call.dirtyValues()
      )
      return .json(["num_updated": .int(Int64(count))])
    },
    Route(
      "DELETE",
      path,
      "documents:delete",
      "Removes all documents that satisfy a filter, or all with truncate.",
      query: ["filter_by", "batch_size", "truncate"]
    ) { call in
      let isAll = call.request.query["truncate"] == "true"
      let filter = isAll ? "" : try call.filter()
      let count = try call.engine.change(
        call["collection"],
        matching: filter,
        to: nil,
        batchSize: min(max(1, try call.integer("batch_size") ?? 10_000), 100_000)
      )
      return .json(["num_deleted": .int(Int64(count))])
    },
    Route(
      "POST",
      path + "/import",
      "documents:import",
      "Adds or changes many documents, one a line; the answer has one line for each.",
      query: ["action", "batch_size", "return_id", "return_doc", "dirty_values"],
      example: example,
      work: .parts { call in
        _ = try call.collection()
        return try ImportReader(call)
      }
    ) { _ in .done },
    Route(
      "GET",
      path + "/export",
      "documents:export",
      "Gives all documents that satisfy a filter, one a line.",
      query: ["filter_by", "include_fields", "exclude_fields"]
    ) { call in
      let filter = call.request.query["filter_by"] ?? ""
      let cursor = try DocumentCursor(try call.collection().snapshot, matching: filter)
      return .lines(.stream(ExportLines(cursor, call.fieldSelection).next))
    },
  ]
}

extension Call {
  fileprivate var missingDocument: IndexError {
    IndexError(.notFound, "Could not find a document with id: \(self["id"])")
  }

  fileprivate var fieldSelection: FieldSelection {
    FieldSelection(include: list("include_fields"), exclude: list("exclude_fields"))
  }

  /// What is done with the documents of the body.
  func action() throws -> DocumentOperation.Action {
    let name = request.query["action"] ?? "create"
    guard let action = DocumentOperation.Action(rawValue: name), action != .delete else {
      throw IndexError(.invalid, "Parameter `action` must be create, upsert, update or emplace.")
    }
    return action
  }

  /// What is done with values that are not of their fields' types: as the request says, else those of
  /// schemas that grow by themselves are coerced and those of others refused.
  func dirtyValues() throws -> DirtyValues {
    guard let name = request.query["dirty_values"], !name.isEmpty else {
      let own = try collection().name
      return engine.details(of: own).isOpen ? .coerceOrReject : .reject
    }
    guard let values = DirtyValues(rawValue: name.lowercased()) else {
      throw IndexError(
        .invalid,
        "Parameter `dirty_values` must be "
          + DirtyValues.allCases.map(\.rawValue).joined(separator: ", ") + "."
      )
    }
    return values
  }

  fileprivate func filter() throws -> String {
    guard let filter = request.query["filter_by"], !filter.allSatisfy(\.isWhitespace) else {
      throw IndexError(.invalid, "Parameter `filter_by` must be provided.")
    }
    return filter
  }

  func write(_ operations: [DocumentOperation]) throws -> [OperationResult] {
    try engine.write(operations, to: self["collection"])
  }

  /// The document that a single write left.
  fileprivate func stored(_ results: [OperationResult], status: Int) throws -> HTTPResponse {
    guard let result = results.first else { throw missingDocument }
    switch result {
    case .failure(let error): throw error
    case .success(let id):
      guard let bytes = try collection().snapshot.document(id) else { throw missingDocument }
      return HTTPResponse(status: status, body: bytes)
    }
  }
}

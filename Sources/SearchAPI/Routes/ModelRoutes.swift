// SPDX-License-Identifier: Apache-2.0

import HTTPServer
import JSON
import SearchIndex
import SearchService

/// Models of neural ranking: added, put in use and taken out of it while searches run.
extension SearchAPI {
  static let modelRoutes: [Route] = [
    Route("GET", "/x/models", "models:list", "Lists all versions of all models.") { call in
      .json(try call.models().all)
    },
    Route(
      "PUT",
      "/x/models/:id/:version/files/:file",
      "models:create",
      "Uploads a file of a version that is to be added, as it is.",
      work: .parts { call in
        UploadReader(
          try call.models().upload(call["id"], version: call["version"], file: call["file"])
        )
      }
    ) { _ in .done },
    Route(
      "POST",
      "/x/models/:id/:version",
      "models:create",
      "Checks the uploaded files of a version in a child process, and adds it.",
      query: ["force"]
    ) { call in
      .json(
        try call.models().add(call["id"], version: call["version"], isForced: call.isForced),
        status: 201
      )
    },
    Route(
      "POST",
      "/x/models/:id/:version/activate",
      "models:update",
      "Puts a version in use; a worse one than that in use only with `force=true`.",
      query: ["force"]
    ) { call in
      .json(
        try call.models().activate(call["id"], version: call["version"], isForced: call.isForced)
      )
    },
    Route(
      "POST",
      "/x/models/:id/rollback",
      "models:update",
      "Returns to the model that was in use before this one."
    ) { call in .json(try call.models().rollBack(call["id"])) },
    Route("DELETE", "/x/models/:id/:version", "models:delete", "Removes a version not in use.") {
      call in
      try call.models().remove(call["id"], version: call["version"])
      return .json(["id": .string(call["id"]), "version": .string(call["version"])])
    },
  ]
}

extension Call {
  fileprivate var isForced: Bool { request.query["force"] == "true" }

  /// The models of the served neural directory.
  ///
  /// - Throws: ``IndexError`` with code invalid that says how to get one.
  fileprivate func models() throws(IndexError) -> ModelService {
    guard let models = engine.models else {
      throw IndexError(.invalid, "This server has no models: start it with --neural-dir.")
    }
    return models
  }
}

/// Stores a body as it arrives.
private final class UploadReader: HTTPBodyReader {
  private let upload: ModelUpload

  init(_ upload: ModelUpload) { self.upload = upload }

  func read(_ part: [UInt8]) { upload.write(part) }

  func finish() -> HTTPResponse {
    do {
      return .json(["bytes": .int(Int64(try upload.finish()))])
    } catch {
      return .failure(error)
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPServer
import JSON
import SearchIndex
import SearchService

/// What operators do with a running server.
extension SearchAPI {
  static let operationRoutes: [Route] = [
    Route(
      "POST",
      "/operations/snapshot",
      "operations/snapshot:create",
      "Copies the data directory as of now.",
      query: ["snapshot_path"]
    ) { call in
      guard let path = call.request.query["snapshot_path"], path.hasPrefix("/") else {
        throw IndexError(.invalid, "Parameter `snapshot_path` must be an absolute path.")
      }
      // A directory that has something in it gets the copy in a folder of its own.
      let files = FileManager.default
      let isTaken = (try? files.contentsOfDirectory(atPath: path))?.isEmpty == false
      let name = "martlet-\(UInt64(Date().timeIntervalSince1970 * 1_000_000))"
      let target = isTaken ? path + "/" + name : path
      do {
        try files.createDirectory(atPath: target, withIntermediateDirectories: true)
      } catch {
        throw IndexError(
          .invalid,
          "Parameter `snapshot_path` must be a directory that the server may write to."
        )
      }
      try call.engine.store.backup(to: target)
      return .done
    },
    Route("POST", "/operations/vote", "operations/vote:create", "Does nothing: one node.") { _ in
      .json(["success": false])
    },
    Route(
      "POST",
      "/operations/db/compact",
      "operations/db/compact:create",
      "Merges each collection into one segment."
    ) { call in
      for collection in call.engine.store.collections { try collection.compact() }
      return .done
    },
    Route(
      "POST",
      "/operations/cache/clear",
      "operations/cache/clear:create",
      "Does nothing: answers are not cached."
    ) { _ in .done },
    Route(
      "GET",
      "/operations/schema_changes",
      "operations/schema_changes:get",
      "Lists the schema changes under way."
    ) { call in .json(.array(call.engine.schemaChanges)) },
  ]
}

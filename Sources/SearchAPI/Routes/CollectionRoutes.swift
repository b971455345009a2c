// SPDX-License-Identifier: Apache-2.0

import HTTPServer
import JSON
import SearchIndex
import SearchService

/// Collections and their schemas.
extension SearchAPI {
  static let collectionRoutes: [Route] = [
    Route(
      "GET",
      "/collections",
      "collections:list",
      "Lists the collections.",
      query: ["limit", "offset", "exclude_fields"]
    ) { call in
      let excluded = Set(call.list("exclude_fields"))
      let all = call.engine.store.collections
        .filter { call.grant.allows("collections:list", collection: $0.name) }
        .map { collection -> JSON in
          let members = call.engine.describe(collection).object ?? []
          return .object(members.filter { !excluded.contains($0.key) })
        }
      return .json(try call.page(all))
    },
    Route(
      "POST",
      "/collections",
      "collections:create",
      "Makes an empty collection, or one with the schema and documents of another.",
      query: ["src_name", "copy_documents"],
      example: [
        "name": "products",
        "fields": [["name": "title", "type": "string"], ["name": "price", "type": "float"]],
      ]
    ) { call in
      let body = try call.body()
      let query = call.request.query
      let collection =
        if let source = query["src_name"], !source.isEmpty {
          try call.engine.cloneCollection(
            source,
            to: body,
            withDocuments: query["copy_documents"] == "true"
          )
        } else {
          try call.engine.createCollection(body)
        }
      return .json(call.engine.describe(collection), status: 201)
    },
    Route(
      "GET",
      "/collections/:collection",
      "collections:get",
      "Reads a collection's schema and number of documents."
    ) { call in .json(call.engine.describe(try call.collection())) },
    Route(
      "PATCH",
      "/collections/:collection",
      "collections:update",
      "Adds and drops fields, and changes what is configured of a collection.",
      example: ["fields": [["name": "rating", "type": "float", "optional": true]]]
    ) { call in
      .json(try call.engine.alter(try call.collection().name, try call.body()))
    },
    Route(
      "DELETE",
      "/collections/:collection",
      "collections:delete",
      "Removes a collection and its documents."
    ) { call in
      let collection = try call.collection()
      let description = call.engine.describe(collection)
      try call.engine.dropCollection(named: collection.name)
      return .json(description)
    },
  ]
}

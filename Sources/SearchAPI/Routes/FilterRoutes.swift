// SPDX-License-Identifier: Apache-2.0

import HTTPServer
import JSON
import SearchIndex
import SearchService

/// The collaborative filters of the collections.
extension SearchAPI {
  static let filterRoutes: [Route] = [
    Route(
      "GET",
      "/x/filters",
      "filters:list",
      "Lists the collections' collaborative filters: their models, trainings and schedule."
    ) { call in .json(["filters": call.engine.filters.json]) },
    Route(
      "GET",
      "/x/filters/:collection",
      "filters:get",
      "Tells of a collection's collaborative filter and how far its training is."
    ) { call in .json(try call.engine.filters.json(of: try call.collection().name)) },
    Route(
      "POST",
      "/x/filters/:collection/train",
      "filters:create",
      "Trains a collection's collaborative filter in the background."
    ) { call in
      let collection = try call.collection().name
      try call.engine.filters.train(collection)
      return .json(try call.engine.filters.json(of: collection))
    },
  ]
}

// SPDX-License-Identifier: Apache-2.0

/// Values of parameters that go together with the bodies of ``Route/example``: once those have been sent,
/// they name what is there.
enum OpenAPIExamples {
  /// By the first part of the path and the name of its free part.
  private static let paths = [
    "aliases": ["name": "shop"], "analytics": ["name": "clicks"],
    "collections": ["collection": "products", "id": "1"], "conversations": ["id": "gemini"],
    "curation_sets": ["set": "spring", "id": "lamps"], "keys": ["id": "0"],
    "nl_search_models": ["id": "gemini"],
    "presets": ["name": "listing"], "stemming": ["id": "plurals"], "stopwords": ["id": "common"],
    "synonym_sets": ["set": "home", "id": "phones"], "x": ["name": "margin", "id": "u1"],
  ]

  private static let queries = [
    "collection": "products", "dirty_values": "coerce_or_reject", "exclude_fields": "price",
    "facet_by": "brand", "filter_by": "price:>1", "include_fields": "title", "limit": "10",
    "n": "10", "offset": "0", "page": "1", "per_page": "10", "q": "lamp", "query_by": "title",
    "sort_by": "price:asc", "user_id": "u1",
  ]

  /// A value for a free part of a route's path, or nil.
  static func path(_ name: String, of route: Route) -> String? {
    paths[route.parts.first ?? ""]?[name]
  }

  /// A value for a query parameter of a route, or nil where the default is as good.
  static func query(_ name: String, of route: Route) -> String? {
    switch (route.parts.first, name) {
    case ("stemming", "id"): "plurals"
    case ("x", "id"): "1"
    default: queries[name]
    }
  }
}

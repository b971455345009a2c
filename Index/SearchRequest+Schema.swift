// SPDX-License-Identifier: Apache-2.0

extension SearchRequest {
  /// Asks for text matches in tiers where the schema has a default sorting field, which is there to
  /// decide among documents that match alike.
  public mutating func heedDefaultSortingField(of schema: CollectionSchema) {
    if tiers == nil, !schema.defaultSortingField.isEmpty { tiers = TierOptions() }
  }

  /// The request with names that only the schema can tell the meaning of: an object's name stands for
  /// the texts inside it, and fields that the schema lacks are left out where the request says so.
  func resolved(_ schema: CollectionSchema) -> SearchRequest {
    var request = self
    request.fields = fields.flatMap { field -> [QueryField] in
      let isText = schema.textFields.contains { $0.name == field.name }
      let inside = schema.textFields.filter { $0.name.hasPrefix(field.name + ".") }
      guard !isText, !inside.isEmpty else { return isText || !skipsUnknownFields ? [field] : [] }
      return inside.map { inner in
        var field = field
        field.name = inner.name
        return field
      }
    }
    request.searchesAllFields = fields.isEmpty
    // A star in the name of a facet stands for anything, as widgets ask that find out what there is.
    request.facets = facets.flatMap { name -> [String] in
      guard name.contains("*") else { return [name] }
      return schema.columnFields.filter { $0.facet && FieldSelection.matches(name, $0.name) }
        .map(\.name).filter { !facets.contains($0) }
    }
    if skipsUnknownFields {
      let known = Set(schema.columnFields.map(\.name))
      request.facets = request.facets.filter(known.contains)
      request.groupBy = groupBy.filter(known.contains)
      if let field = facetQuery?.field, !known.contains(field) { request.facetQuery = nil }
    }
    return request
  }
}

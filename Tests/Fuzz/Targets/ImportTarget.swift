// SPDX-License-Identifier: Apache-2.0

import JSON
import SearchService

@testable import SearchIndex

/// JSON lines into a collection with a field of every type, and the collection read back.
enum ImportTarget {
  /// Inputs for one collection, so that updates and deletions happen but nothing grows for ever.
  private static let inputsPerCollection = 500

  private final class State {
    var collection: Collection?
    var inputs = 0
  }
  nonisolated(unsafe) private static let state = State()

  static func run(_ input: UnsafeBufferPointer<UInt8>) throws {
    if state.collection == nil || state.inputs % inputsPerCollection == 0 {
      state.collection = try withScratchStore { try $0.createCollection(schema) }
    }
    state.inputs += 1
    guard let collection = state.collection else { return }
    let actions = [DocumentOperation.Action.upsert, .create, .update, .emplace]
    var importer = Importer(into: collection, action: actions[state.inputs % actions.count])
    for (line, bytes) in input.split(separator: 0x0A).enumerated() {
      let copy = Array(bytes)
      _ = try copy.withUnsafeBufferPointer { try importer.add($0, line: line + 1) }
    }
    _ = try importer.flush()
    guard state.inputs % 50 == 0 else { return }
    let snapshot = collection.snapshot
    _ = try snapshot.verify()
    var request = SearchRequest()
    request.facets = schema.fields.filter(\.facet).map(\.name)
    let found = try snapshot.search(request).found
    precondition(found == snapshot.documentCount, "documents differ")
    try snapshot.forEachDocument(matching: "") { _ = try JSON(parsing: $0) }
  }

  private static let schema = CollectionSchema(
    name: "p",
    fields: FieldType.allCases.map { type in
      var field = Field(name: "f." + type.rawValue, type: type)
      field.optional = true
      field.facet = !type.isGeo
      return field
    }
  )

  static let seeds = [
    #"{"id":"1","f":{"string":"a lamp","int32":5,"float":1.5,"bool":true,"geopoint":[1,2]}}"#,
    #"{"id":"2","f.string[]":["a","b"],"f.int32[]":[1,2],"f.geopoint[]":[[1,2],[3,4]]}"#,
    "{\"id\":\"1\",\"f.int64\":9007199254740993}\n{\"id\":1}\nnot json\n[1]\n{\"f\":null}",
    #"{"f":[{"string":"x"},{"string":"\u0000é"}],"f.float[]":[1e308,-0.0],"f.bool[]":[true]}"#,
  ].map { Array($0.utf8) }
}

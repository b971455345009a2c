// SPDX-License-Identifier: Apache-2.0

public import JSON
public import SearchIndex
import Synchronization

/// Schema changes under way: documents done by collection.
final class SchemaChanges: Sendable {
  let done = Mutex<[String: Int]>([:])
}

extension Engine {
  /// Schema changes under way, in the wire format.
  public var schemaChanges: [JSON] {
    changes.done.withLock { $0 }.sorted { $0.key < $1.key }.map { name, count in
      [
        "collection": .string(name), "validated_docs": .int(Int64(count)),
        "altered_docs": .int(Int64(count)),
      ]
    }
  }

  /// Adds fields to a collection's schema, drops some, and changes what is configured of it.
  ///
  /// A field that is there is changed by dropping and adding it in one request.
  ///
  /// - Returns: The request, fields with all their options.
  /// - Throws: ``IndexError`` with code invalid that names the field and the remedy.
  public func alter(_ name: String, _ json: JSON) throws -> JSON {
    let known = ["fields"] + CollectionDetails.changeable
    guard json.object?.contains(where: { known.contains($0.key) }) == true else {
      throw IndexError(.invalid, "Send an object with `fields`, `metadata` or sets to change.")
    }
    var details = details(of: name)
    try details.update(from: json)
    var echoed: [JSON.Member] = []
    if json["fields"] != nil {
      // Who waited would send the same change again after a timeout, to be done once more.
      let fields = try evolution.withLockIfAvailable { _ in
        let before = try collection(named: name).snapshot
        let (schema, fields) = try changed(before, json, details)
        if schema != before.schema { try rebuild(name, schema) }
        return fields
      }
      guard let fields else {
        throw IndexError(
          .unprocessable,
          "Another schema change is under way: wait for its end, see /operations/schema_changes."
        )
      }
      echoed.append(JSON.Member("fields", .array(fields)))
    }
    if let stored = details.stored {
      try settings.set(.collection, name, stored)
    } else {
      try settings.remove(.collection, name)
    }
    for key in CollectionDetails.changeable {
      if let value = json[key] { echoed.append(JSON.Member(key, value)) }
    }
    return .object(echoed)
  }

  private func rebuild(_ name: String, _ schema: CollectionSchema) throws {
    changes.done.withLock { $0[name] = 0 }
    defer { changes.done.withLock { $0[name] = nil } }
    try store.alter(name, to: schema) { count in changes.done.withLock { $0[name] = count } }
  }

  /// Adds the fields to a schema that its open fields stand for in documents to be written.
  func growSchema(of name: String, for operations: [DocumentOperation]) throws {
    let own = try collection(named: name)
    let details = details(of: own.name)
    guard !details.openFields.isEmpty else { return }
    let documents = operations.filter { $0.action != .delete }.map(\.document)
    func missing() throws -> [Field] {
      let schema = try collection(named: own.name).snapshot.schema
      let patterns = try FieldPatterns(details.openFields, nestedFields: schema.nestedFields)
      return try patterns.fields(in: documents, beyond: schema)
    }
    guard try !missing().isEmpty else { return }
    try evolution.withLock { _ in
      // Another write may have added them meanwhile.
      let fields = try missing()
      guard !fields.isEmpty else { return }
      let schema = try collection(named: own.name).snapshot.schema
      try rebuild(own.name, schema.with(schema.fields + fields))
    }
  }

  /// The schema after a change, and the change as it is echoed.
  private func changed(
    _ snapshot: Snapshot,
    _ json: JSON,
    _ details: CollectionDetails
  ) throws -> (CollectionSchema, [JSON]) {
    let schema = snapshot.schema
    guard let list = json["fields"]?.array, !list.isEmpty else {
      throw IndexError(.invalid, "`fields` must be an array of fields to add or drop.")
    }
    var fields = schema.fields
    let openFields = self.details(of: schema.name).openFields
    let echoed = try list.map { item in
      try apply(item, to: &fields, details) { name in
        openFields.contains { $0["name"] == .string(name) }
      }
    }
    if list.contains(where: FieldPatterns.isOpen) {
      fields += try openedFields(snapshot, details, beyond: schema.with(fields))
    }
    let sorting = schema.defaultSortingField
    guard sorting.isEmpty || fields.contains(where: { $0.name == sorting && $0.type.isNumeric })
    else {
      throw IndexError(.invalid, "`\(sorting)` is the default sorting field: keep it numeric.")
    }
    return (schema.with(fields), echoed)
  }

  /// Adds or drops one field; returns the change as it is echoed.
  ///
  /// `isOpen`: Whether a name is that of an open field, which stands for none of its own.
  private func apply(
    _ item: JSON,
    to fields: inout [Field],
    _ details: CollectionDetails,
    isOpen: (String) -> Bool
  ) throws -> JSON {
    guard let name = item["name"]?.string, name != "id" else {
      throw IndexError(.invalid, "Each field needs a `name`, other than `id`.")
    }
    let place = fields.firstIndex { $0.name == name }
    if item["drop"]?.bool == true {
      if let place {
        fields.remove(at: place)
      } else if !isOpen(name) {
        throw IndexError(.invalid, "Field `\(name)` is not part of collection schema.")
      }
      return ["drop": true, "name": .string(name)]
    }
    guard place == nil else {
      throw IndexError(
        .invalid,
        "Field `\(name)` is already part of the schema: To change this field, drop it first "
          + "before adding it back to the schema."
      )
    }
    guard !FieldPatterns.isOpen(item) else { return item }
    let field = try Field(json: item)
    fields.append(field)
    return details.describe(field)
  }

  /// What open fields stand for in the documents that are there already.
  private func openedFields(
    _ snapshot: Snapshot,
    _ details: CollectionDetails,
    beyond schema: CollectionSchema
  ) throws -> [Field] {
    let patterns = try FieldPatterns(details.openFields, nestedFields: schema.nestedFields)
    let cursor = try DocumentCursor(snapshot)
    var found: [Field] = []
    while true {
      var documents: [[UInt8]] = []
      while documents.count < Self.batchSize, let bytes = try cursor.next() {
        documents.append(bytes)
      }
      guard !documents.isEmpty else { return found }
      found += try patterns.fields(in: documents, beyond: schema.with(schema.fields + found))
    }
  }

  /// Makes a collection with the schema of another.
  ///
  /// `json`: Its `name`.
  public func cloneCollection(
    _ source: String,
    to json: JSON,
    withDocuments: Bool
  ) throws -> Collection {
    guard let name = json["name"]?.string, !name.isEmpty else {
      throw IndexError(.invalid, "A collection needs a `name`.")
    }
    let original = try collection(named: source)
    let snapshot = original.snapshot
    var schema = snapshot.schema
    schema.name = name
    schema.createdAt = Self.now
    let copy = try store.createCollection(schema)
    if let details = details(of: original.name).stored {
      try settings.set(.collection, name, details)
    }
    guard withDocuments else { return copy }
    let cursor = try DocumentCursor(snapshot)
    while true {
      var batch: [DocumentOperation] = []
      while batch.count < Self.batchSize, let bytes = try cursor.next() {
        batch.append(DocumentOperation(.create, try JSON(parsing: bytes)))
      }
      guard !batch.isEmpty else { return copy }
      for case .failure(let error) in try copy.write(batch) { throw error }
    }
  }
}

extension CollectionSchema {
  /// The schema with other fields.
  fileprivate func with(_ fields: [Field]) -> CollectionSchema {
    CollectionSchema(
      name: name,
      fields: fields,
      defaultSortingField: defaultSortingField,
      nestedFields: nestedFields,
      createdAt: createdAt
    )
  }
}

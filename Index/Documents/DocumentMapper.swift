// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON

/// Takes documents apart by a schema and adds them to a segment's builder, straight from the
/// parser's nodes: trees of values were two fifths of indexing time.
///
/// One thread at a time.
final class DocumentMapper {
  /// One schema field's place in the parts of a segment.
  private struct Target {
    var field: Field
    var name: [UInt8]
    var text: Int?
    var column: Int?
  }

  private let schema: CollectionSchema
  private let targets: [Target]
  private let parser: JSONParser
  private var members: [(key: UnsafeBufferPointer<UInt8>, value: JSONView)] = []
  private var found: [JSONView?]
  private var stored = JSONWriter()
  /// What the documents are added to.
  let builder: SegmentBuilder

  init(schema: CollectionSchema, analyzer: Analyzer, parser: JSONParser) {
    self.schema = schema
    self.parser = parser
    builder = SegmentBuilder(schema: schema, analyzer: analyzer)
    targets = schema.fields.map { field in
      Target(
        field: field,
        name: Array(field.name.utf8),
        text: schema.textFields.firstIndex { $0.name == field.name },
        column: schema.columnFields.firstIndex { $0.name == field.name }
      )
    }
    found = Array(repeating: nil, count: targets.count)
  }

  /// Adds a document; its id is read, or made, before anything else can be wrong with it.
  ///
  /// - Parameters:
  ///   - operation: The document, and what to do with values of other types than their fields'.
  ///   - base: The document that it is a change of, from which fields are taken over that it lacks
  ///     because they are not stored.
  ///   - unstored: What such fields hold in the snapshot.
  /// - Returns: Its number in the builder.
  /// - Throws: ``IndexError`` with code invalid that names the field, what was expected and the
  ///   remedy; the builder then holds nothing of the document.
  func add(
    _ operation: DocumentOperation,
    base: DocumentBase? = nil,
    unstored: UnstoredValues? = nil
  ) throws(IndexError) -> Int {
    do {
      return try add(operation.document, base, unstored)
    } catch {
      guard error.code == .invalid, operation.dirtyValues != .reject,
        let document = try? JSON(parsing: operation.document),
        let cleaned = DocumentCleaner(schema: schema, policy: operation.dirtyValues)
          .clean(document)
      else { throw error }
      return try add(cleaned.serialized(), base, unstored)
    }
  }

  private func add(
    _ json: [UInt8],
    _ base: DocumentBase?,
    _ unstored: UnstoredValues?
  ) throws(IndexError) -> Int {
    guard json.count <= DocumentOperation.longestDocument else {
      throw IndexError(.invalid, "The document is longer than 16 MB: send a shorter one.")
    }
    return try parse(json) { try add($0, base, unstored) }
  }

  /// Parses a document; what is no JSON becomes an ``IndexError``.
  private func parse<T>(
    _ json: [UInt8],
    _ body: (JSONView) throws -> T
  ) throws(IndexError) -> T {
    do {
      return try json.withUnsafeBufferPointer { try parser.parse($0, body) }
    } catch let error as IndexError {
      throw error
    } catch {
      throw IndexError(.invalid, "\(error)")
    }
  }

  /// The id of a document that is not to be added.
  func identifier(of json: [UInt8]) throws(IndexError) -> String {
    let id = try parse(json) { document in
      var id: JSONView?
      document.forEachPair { key, value in if key.elementsEqual("id".utf8) { id = value } }
      return try Self.identifier(id)
    }
    guard let id else { throw IndexError(.notFound, "Could not find a document without an `id`.") }
    return id
  }

  private func add(
    _ document: JSONView,
    _ base: DocumentBase?,
    _ unstored: UnstoredValues?
  ) throws(IndexError) -> Int {
    guard document.kind == .object else {
      throw IndexError(.invalid, "A document must be a JSON object, such as {\"id\":\"1\"}.")
    }
    var identifier: JSONView?
    members.removeAll(keepingCapacity: true)
    for index in found.indices { found[index] = nil }
    document.forEachPair { key, value in
      if key.count == 2, key[0] == UInt8(ascii: "i"), key[1] == UInt8(ascii: "d") {
        identifier = value
        return
      }
      let target = target(named: key)
      if let target { found[target] = value }
      if target.map({ targets[$0].field.store }) ?? true { members.append((key, value)) }
    }
    let id = try Self.identifier(identifier) ?? UUID().uuidString.lowercased()
    let number = builder.beginDocument(id: id)
    do throws(IndexError) {
      // What is wrong is said before what is missing.
      var missing: Field?
      for (index, target) in targets.enumerated() {
        let value = FieldValue(found[index], target.field, in: document, schema: schema)
        if value.isPresent {
          try add(target, value)
        } else if let base, found[index] == nil, !target.field.store {
          takeOver(target, base, unstored)
        } else if target.field.index, !target.field.optional, missing == nil {
          missing = target.field
        }
      }
      if let missing { throw Self.missing(missing) }
    } catch {
      builder.drop(number)
      builder.endDocument(stored: UnsafeBufferPointer(start: nil, count: 0))
      throw error
    }
    writeStored()
    stored.bytes.withUnsafeBufferPointer { builder.endDocument(stored: $0) }
    return number
  }

  private static func missing(_ field: Field) -> IndexError {
    IndexError(
      .invalid,
      "Field `\(field.name)` has been declared in the schema, but is not found in the document:"
        + " send it or declare it optional."
    )
  }

  private func target(named key: UnsafeBufferPointer<UInt8>) -> Int? {
    targets.firstIndex { $0.name.count == key.count && key.elementsEqual($0.name) }
  }

  private func add(_ target: Target, _ value: FieldValue) throws(IndexError) {
    let field = target.field
    if let dimensions = field.dimensions {
      try value.checkVector(dimensions)
    } else if field.type.isText {
      guard target.text != nil || target.column != nil else { return }
      try value.forEachText { text in
        if let index = target.text { builder.add(text: text, field: index) }
        if let index = target.column { builder.columns[index].append(term: text) }
      }
    } else if let index = target.column {
      try value.append(to: builder.columns[index])
    }
  }

  /// Adds what another document holds in a field.
  private func takeOver(_ target: Target, _ base: DocumentBase, _ unstored: UnstoredValues?) {
    switch base {
    case .built(let document):
      if let field = target.text { builder.buffer.addTokens(of: document, field: field) }
      if let index = target.column { builder.columns[index].append(valuesOf: document) }
    case .indexed(let part, let document):
      guard let unstored else { return }
      if let field = target.text {
        for token in unstored.tokens(part: part, document: document, field: field) {
          builder.buffer.add(number: token.term, field: field, position: Int(token.position))
        }
      }
      if let index = target.column {
        builder.columns[index].append(unstored.column(part: part, index), document: document)
      }
    }
  }

  /// Leaves the document as it is stored in `stored`: compact, keys sorted, without `id` and fields
  /// that are not kept; no bytes if nothing is left.
  private func writeStored() {
    stored.bytes.removeAll(keepingCapacity: true)
    guard !members.isEmpty else { return }
    stored.write(sorting: &members)
  }

  private static func identifier(_ value: JSONView?) throws(IndexError) -> String? {
    guard let value, value.kind != .null else { return nil }
    if let number = value.integer { return String(number) }
    guard let id = value.string, !id.isEmpty, id.utf8.count <= 400 else {
      throw IndexError(.invalid, "Document's `id` must be a string of 1 to 400 bytes.")
    }
    return id
  }
}

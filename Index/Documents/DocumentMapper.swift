// SPDX-License-Identifier: Apache-2.0

import JSON

/// A document taken apart for indexing.
struct MappedDocument {
  /// The document's id, or nil if it has none.
  var id: String?
  /// The texts by searched field; several for an array.
  var texts: [[[UInt8]]] = []
  /// The values by column field.
  var columns: [ColumnValue] = []
  /// The document as it is stored: compact, keys sorted, without `id` and fields that are not kept.
  ///
  /// Empty if nothing is left.
  var stored: [UInt8] = []
}

/// Takes documents apart by a schema.
struct DocumentMapper {
  /// The longest document, in bytes of JSON.
  static let longestDocument = 16 << 20

  let schema: CollectionSchema

  /// Maps a parsed document.
  ///
  /// - Throws: ``IndexError`` with code invalid that names the field, what was expected and the
  ///   remedy.
  func map(_ document: JSON) throws(IndexError) -> MappedDocument {
    guard case .object(let members) = document else {
      throw IndexError(.invalid, "A document must be a JSON object, such as {\"id\":\"1\"}.")
    }
    var mapped = MappedDocument()
    mapped.id = try Self.identifier(document["id"])
    for field in schema.textFields {
      let value = value(of: field, in: document)
      mapped.texts.append(try texts(value, field).map { Array($0.utf8) })
    }
    for field in schema.columnFields {
      mapped.columns.append(try column(value(of: field, in: document), field))
    }
    for field in schema.fields where !field.optional && field.index {
      let value = value(of: field, in: document)
      if value == nil || value == .null {
        throw IndexError(
          .invalid,
          "Field `\(field.name)` has been declared in the schema, but is not found in the document:"
            + " send it or declare it optional."
        )
      }
    }
    let unstored = Set(schema.fields.filter { !$0.store }.map(\.name))
    let kept = members.filter { $0.key != "id" && !unstored.contains($0.key) }
    if !kept.isEmpty {
      mapped.stored = JSON.object(kept).serialized(sortedKeys: true)
    }
    return mapped
  }

  private static func identifier(_ value: JSON?) throws(IndexError) -> String? {
    switch value {
    case nil, .null: return nil
    case .string(let id) where !id.isEmpty && id.utf8.count <= 400: return id
    case .int(let id): return String(id)
    default:
      throw IndexError(.invalid, "Document's `id` must be a string of 1 to 400 bytes.")
    }
  }

  /// The field's value; a dotted name reaches into objects, and through arrays gathers values.
  private func value(of field: Field, in document: JSON) -> JSON? {
    if let direct = document[field.name] { return direct }
    guard schema.nestedFields, field.name.contains(".") else { return nil }
    var values = [document]
    var throughArray = false
    for part in field.name.split(separator: ".") {
      values = values.flatMap { value -> [JSON] in
        guard let inner = value[String(part)] else { return [] }
        if case .array(let elements) = inner {
          throughArray = true
          return elements
        }
        return [inner]
      }
    }
    return throughArray || values.count > 1 ? .array(values) : values.first
  }

  private func mismatch(_ field: Field) -> IndexError {
    let article = "aeiou".contains(field.type.rawValue.prefix(1)) ? "an" : "a"
    return IndexError(.invalid, "Field `\(field.name)` must be \(article) \(field.type.rawValue).")
  }

  /// The values as a list; a single value where an array is declared, or the other way round, is
  /// an error.
  private func elements(_ value: JSON?, _ field: Field) throws(IndexError) -> [JSON] {
    guard let value, value != .null else { return [] }
    if field.type.isArray {
      guard case .array(let elements) = value else { throw mismatch(field) }
      return elements
    }
    return [value]
  }

  private func texts(_ value: JSON?, _ field: Field) throws(IndexError) -> [String] {
    var texts: [String] = []
    for element in try elements(value, field) {
      switch element {
      case .string(let text): texts.append(text)
      // Numbers and booleans are read as text, as the wire format's coercion asks.
      case .int, .double, .bool: texts.append(String(decoding: element.serialized(), as: UTF8.self))
      default: throw mismatch(field)
      }
    }
    return texts
  }

  private func column(_ value: JSON?, _ field: Field) throws(IndexError) -> ColumnValue {
    if field.type.isText { return .strings(try texts(value, field)) }
    if field.type.isGeo { return .places(try places(value, field)) }
    var integers: [Int64] = []
    var numbers: [Double] = []
    for element in try elements(value, field) {
      if field.type.isBool {
        switch element {
        case .bool(let flag): integers.append(flag ? 1 : 0)
        case .string("true"): integers.append(1)
        case .string("false"): integers.append(0)
        default: throw mismatch(field)
        }
      } else if field.type.isInteger {
        let number = element.int ?? element.string.flatMap { Int64($0) }
        guard let number, field.type != .int32 || Int32(exactly: number) != nil else {
          throw mismatch(field)
        }
        integers.append(number)
      } else {
        let number = element.double ?? element.string.flatMap { Double($0) }
        guard let number, number.isFinite else { throw mismatch(field) }
        numbers.append(number)
      }
    }
    return field.type.isInteger || field.type.isBool ? .integers(integers) : .numbers(numbers)
  }

  private func places(_ value: JSON?, _ field: Field) throws(IndexError) -> [GeoPoint] {
    guard let value, value != .null else { return [] }
    let list: [JSON]
    if field.type.isArray { list = value.array ?? [] } else { list = [value] }
    var places: [GeoPoint] = []
    for item in list {
      guard let pair = item.array, pair.count == 2, let latitude = pair[0].double,
        let longitude = pair[1].double, abs(latitude) <= 90, abs(longitude) <= 180
      else { throw mismatch(field) }
      places.append(GeoPoint(latitude: latitude, longitude: longitude))
    }
    return places
  }
}

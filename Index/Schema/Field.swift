// SPDX-License-Identifier: Apache-2.0

public import JSON

/// What a field holds.
public enum FieldType: String, Sendable, CaseIterable {
  case string, strings = "string[]"
  case int32, int32s = "int32[]"
  case int64, int64s = "int64[]"
  case float, floats = "float[]"
  case bool, bools = "bool[]"
  case geopoint, geopoints = "geopoint[]"
  case geopolygon

  /// Whether the field's values are searchable text.
  public var isText: Bool { self == .string || self == .strings }
  /// Whether the field's values are numbers or booleans, which filters compare and sorts order.
  public var isNumeric: Bool { !isText && !isGeo }
  /// Whether the field holds places.
  public var isGeo: Bool { self == .geopoint || self == .geopoints || self == .geopolygon }
  /// Whether a document may have several values.
  public var isArray: Bool { rawValue.hasSuffix("[]") }
  /// Whether the numbers are whole.
  public var isInteger: Bool { [.int32, .int32s, .int64, .int64s].contains(self) }
  /// Whether the values are booleans.
  public var isBool: Bool { self == .bool || self == .bools }
}

/// One field of a collection's schema.
public struct Field: Equatable, Sendable {
  /// The name, dotted for a value inside objects.
  public var name: String
  /// What it holds.
  public var type: FieldType
  /// Whether its values are counted for facets.
  public var facet = false
  /// Whether it can be searched and filtered.
  public var index = true
  /// Whether documents may lack it.
  public var optional = false
  /// Kept for clients; words are found by script, so no setting is needed.
  public var locale = ""
  /// Whether results can be ordered by it.
  public var sort: Bool
  /// Kept for clients.
  public var infix = false
  /// Kept for clients.
  public var stem = false
  /// Whether the value is kept with the document.
  public var store = true
  /// The elements of a vector that each document brings in a field of numbers; nil for other fields.
  public var dimensions: Int?

  /// Creates a field with the defaults of its type.
  public init(name: String, type: FieldType) {
    self.name = name
    self.type = type
    sort = type.isNumeric
  }

  /// Whether the field's values are kept by document for filters, facets and sorting.
  ///
  /// A vector's elements mean nothing one by one.
  var hasColumn: Bool { index && dimensions == nil && (!type.isText || facet || sort) }

  /// The most elements of a vector.
  public static let mostDimensions = 4096

  /// Whether a field can be called so.
  static func isName(_ name: String) -> Bool { (1...255).contains(name.utf8.count) }

  /// Reads a field of a schema.
  ///
  /// - Throws: ``IndexError`` with code invalid that names the field and the remedy.
  public init(json: JSON) throws(IndexError) {
    guard let name = json["name"]?.string, Self.isName(name) else {
      throw IndexError(.invalid, "Each field needs a `name` of 1 to 255 bytes.")
    }
    guard let typeName = json["type"]?.string else {
      throw IndexError(.invalid, "Field `\(name)` needs a `type`, such as `string` or `int32`.")
    }
    guard let type = FieldType(rawValue: typeName) else {
      throw IndexError(
        .invalid,
        "Field `\(name)` has the unknown type `\(typeName)`: use one of "
          + FieldType.allCases.map(\.rawValue).joined(separator: ", ") + "."
      )
    }
    self.init(name: name, type: type)
    let flags: [(String, WritableKeyPath<Field, Bool>)] = [
      ("facet", \Field.facet), ("index", \Field.index), ("optional", \Field.optional),
      ("sort", \Field.sort), ("infix", \Field.infix), ("stem", \Field.stem),
      ("store", \Field.store),
    ]
    for (key, path) in flags {
      guard let value = json[key] else { continue }
      guard let flag = value.bool else {
        throw IndexError(.invalid, "`\(key)` of field `\(name)` must be true or false.")
      }
      self[keyPath: path] = flag
    }
    locale = json["locale"]?.string ?? ""
    if let dimensions = json["num_dim"], dimensions != .int(0) {
      guard type == .floats, let number = dimensions.int,
        (1...Self.mostDimensions).contains(Int(clamping: number))
      else {
        throw IndexError(
          .invalid,
          "`num_dim` of field `\(name)` must be 1 to \(Self.mostDimensions), of a `float[]`."
        )
      }
      self.dimensions = Int(number)
      sort = false
    }
  }

  /// The field as clients read it.
  public var json: JSON {
    let vector: [JSON.Member] = dimensions.map { [JSON.Member("num_dim", .int(Int64($0)))] } ?? []
    let members: JSON = [
      "name": .string(name), "type": .string(type.rawValue), "facet": .bool(facet),
      "index": .bool(index), "optional": .bool(optional), "locale": .string(locale),
      "sort": .bool(sort), "infix": .bool(infix), "stem": .bool(stem), "stem_dictionary": "",
      "truncate_len": 100, "store": .bool(store),
    ]
    return .object((members.object ?? []) + vector)
  }
}

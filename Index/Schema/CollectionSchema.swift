// SPDX-License-Identifier: Apache-2.0

public import JSON

/// What a collection's documents look like.
public struct CollectionSchema: Equatable, Sendable {
  /// The collection's name.
  public var name: String
  /// The fields, in the order of the schema.
  public var fields: [Field]
  /// The numeric field that breaks ties, or "".
  public var defaultSortingField: String
  /// Whether dotted names reach into objects.
  public var nestedFields: Bool
  /// Seconds since 1970.
  public var createdAt: Int64

  /// Fields that are searched, in schema order; postings number them so.
  public let textFields: [Field]
  /// Fields with columns, in schema order.
  public let columnFields: [Field]

  /// Creates a schema.
  public init(
    name: String,
    fields: [Field],
    defaultSortingField: String = "",
    nestedFields: Bool = false,
    createdAt: Int64 = 0
  ) {
    self.name = name
    self.fields = fields
    self.defaultSortingField = defaultSortingField
    self.nestedFields = nestedFields
    self.createdAt = createdAt
    textFields = fields.filter { $0.index && $0.type.isText }
    columnFields = fields.filter(\.hasColumn)
  }

  /// Reads a schema as clients send it.
  ///
  /// - Throws: ``IndexError`` with code invalid and the remedy.
  public init(json: JSON, name fallback: String? = nil) throws(IndexError) {
    guard let name = json["name"]?.string ?? fallback, !name.isEmpty, name.utf8.count <= 255 else {
      throw IndexError(.invalid, "A collection needs a `name` of 1 to 255 bytes.")
    }
    guard let list = json["fields"]?.array else {
      throw IndexError(.invalid, "A collection needs `fields`, an array of {name, type}.")
    }
    var fields: [Field] = []
    for item in list {
      let field = try Field(json: item)
      guard field.name != "id" else { continue }
      guard !fields.contains(where: { $0.name == field.name }) else {
        throw IndexError(.invalid, "Field `\(field.name)` is given twice.")
      }
      fields.append(field)
    }
    let sorting = json["default_sorting_field"]?.string ?? ""
    if !sorting.isEmpty, !fields.contains(where: { $0.name == sorting && $0.type.isNumeric }) {
      throw IndexError(
        .invalid,
        "`default_sorting_field` names `\(sorting)`, which is no numeric field."
      )
    }
    self.init(
      name: name,
      fields: fields,
      defaultSortingField: sorting,
      nestedFields: json["enable_nested_fields"]?.bool ?? false,
      createdAt: json["created_at"]?.int ?? 0
    )
  }

  /// The schema as clients read it, without the number of documents.
  public var json: JSON {
    [
      "created_at": .int(createdAt), "default_sorting_field": .string(defaultSortingField),
      "enable_nested_fields": .bool(nestedFields), "fields": .array(fields.map(\.json)),
      "name": .string(name), "symbols_to_index": [], "token_separators": [],
      "synonym_sets": [], "curation_sets": [],
    ]
  }

  /// The field of a name, or nil.
  public func field(named name: String) -> Field? { fields.first { $0.name == name } }

  /// Checks a filter expression.
  ///
  /// - Throws: ``IndexError`` with code invalid that says where and what was expected.
  public func check(filter: String) throws(IndexError) {
    _ = try FilterParser.parse(filter, schema: self)
  }

  /// A schema in which every value that the documents show has a field that fits.
  ///
  /// Strings become searchable text, short ones facets; whole numbers int64, others float. A field
  /// that some documents lack, or whose values disagree in kind, is optional or left out; so is one whose
  /// name no field can have.
  public static func inferred(name: String, from documents: [JSON]) -> CollectionSchema {
    var order: [String] = []
    var seen: [String: (type: FieldType?, count: Int, length: Int)] = [:]
    for document in documents {
      for member in document.object ?? [] where member.key != "id" {
        let (type, length) = guess(member.value)
        if seen[member.key] == nil { order.append(member.key) }
        let known = seen[member.key] ?? (type, 0, 0)
        seen[member.key] = (
          unify(known.type, type), known.count + 1, max(known.length, length)
        )
      }
    }
    let fields = order.compactMap { key -> Field? in
      guard let (type, _, length) = seen[key], let type, Field.isName(key) else { return nil }
      var field = Field(name: key, type: type)
      field.optional = true
      field.facet = type.isBool || (type.isText && length <= 64)
      return field
    }
    return CollectionSchema(name: name, fields: fields)
  }

  private static func guess(_ value: JSON) -> (FieldType?, Int) {
    switch value {
    case .string(let text): return (.string, text.utf8.count)
    case .int: return (.int64, 0)
    case .double: return (.float, 0)
    case .bool: return (.bool, 0)
    case .array(let elements):
      guard let first = elements.first else { return (nil, 0) }
      let (type, _) = guess(first)
      let length = elements.map { $0.string?.utf8.count ?? 0 }.max() ?? 0
      return (type.flatMap { FieldType(rawValue: $0.rawValue + "[]") }, length)
    case .null, .object: return (nil, 0)
    }
  }

  private static func unify(_ a: FieldType?, _ b: FieldType?) -> FieldType? {
    guard let a else { return b }
    guard let b, a != b else { return a }
    switch (a, b) {
    case (.int64, .float), (.float, .int64): return .float
    case (.int64s, .floats), (.floats, .int64s): return .floats
    default: return a
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

public import JSON
public import SearchIndex

/// What is configured of a collection beside what the index needs of it.
public struct CollectionDetails: Sendable {
  /// Members of the schema as clients gave them: metadata, synonym_sets, curation_sets,
  /// token_separators, symbols_to_index.
  public var members: [JSON.Member] = []
  /// By field, options that the index does not know, such as `stem_dictionary`.
  public var fieldOptions: [String: [JSON.Member]] = [:]
  /// Open fields, as clients gave them; see ``FieldPatterns``.
  var openFields: [JSON] = []

  /// Whether documents make fields of their own.
  public var isOpen: Bool { !openFields.isEmpty }

  /// Sets of synonyms that every search uses.
  public var synonymSets: [String] { names("synonym_sets") }
  /// Sets of curation rules that every search obeys.
  public var curationSets: [String] { names("curation_sets") }
  /// Stemming dictionaries of any field.
  public var stemmingDictionaries: [String] {
    var names: Set<String> = []
    for options in fieldOptions.values {
      for option in options where option.key == "stem_dictionary" {
        if let name = option.value.string, !name.isEmpty { names.insert(name) }
      }
    }
    return names.sorted()
  }

  private func names(_ key: String) -> [String] {
    members.last { $0.key == key }?.value.array?.compactMap(\.string) ?? []
  }

  private static let lists = [
    "synonym_sets", "curation_sets", "token_separators", "symbols_to_index",
  ]
  /// Members beside the fields that can be changed.
  static let changeable = ["metadata"] + lists
  private static let options = [
    "stem_dictionary", "truncate_len", "num_dim", "vec_dist", "reference", "async_reference",
    "range_index", "token_separators", "symbols_to_index",
  ]

  init() {}

  /// Takes what a schema or a change of one says.
  ///
  /// - Throws: ``IndexError`` with code invalid for a list that is none.
  mutating func update(from json: JSON) throws(IndexError) {
    for key in Self.lists + ["metadata"] {
      guard let value = json[key] else { continue }
      if key == "metadata" {
        guard value.object != nil else {
          throw IndexError(.invalid, "`metadata` must be an object.")
        }
      } else if value.array?.allSatisfy({ $0.string != nil }) != true {
        throw IndexError(.invalid, "`\(key)` must be an array of strings.")
      }
      members.removeAll { $0.key == key }
      members.append(JSON.Member(key, value))
    }
    for field in json["fields"]?.array ?? [] {
      guard let name = field["name"]?.string else { continue }
      let isDropped = field["drop"]?.bool == true
      if isDropped || FieldPatterns.isOpen(field) {
        openFields.removeAll { $0["name"] == field["name"] }
        if !isDropped { openFields.append(field) }
      }
      fieldOptions[name] = field.object?.filter { Self.options.contains($0.key) }
      if fieldOptions[name]?.isEmpty == true || isDropped { fieldOptions[name] = nil }
    }
  }

  init(stored json: JSON?) {
    openFields = json?["open"]?.array ?? []
    members = json?["members"]?.object ?? []
    for member in json?["fields"]?.object ?? [] {
      fieldOptions[member.key] = member.value.object ?? []
    }
  }

  var stored: JSON? {
    guard !members.isEmpty || !fieldOptions.isEmpty || !openFields.isEmpty else { return nil }
    let fields = fieldOptions.sorted { $0.key < $1.key }
    return [
      "members": .object(members), "open": .array(openFields),
      "fields": .object(fields.map { JSON.Member($0.key, .object($0.value)) }),
    ]
  }

  /// The fields as clients read them, open ones first.
  func describe(_ schema: CollectionSchema) -> JSON {
    let open = openFields.map { field -> JSON in
      // The defaults are those of a string.
      let defaults = Field(name: "", type: .string).json.object ?? []
      let given = field.object ?? []
      return .object(given + defaults.filter { field[$0.key] == nil })
    }
    return .array(open + schema.fields.map(describe))
  }

  /// A field of the schema as clients read it.
  public func describe(_ field: Field) -> JSON {
    guard var members = field.json.object else { return .null }
    for option in fieldOptions[field.name] ?? [] {
      if let place = members.firstIndex(where: { $0.key == option.key }) {
        members[place] = option
      } else {
        members.append(option)
      }
    }
    return .object(members)
  }
}

extension Engine {
  /// What is configured of a collection.
  public func details(of name: String) -> CollectionDetails {
    CollectionDetails(stored: settings.value(.collection, name))
  }

  /// Makes an empty collection.
  public func createCollection(_ json: JSON) throws -> Collection {
    var details = CollectionDetails()
    try details.update(from: json)
    // The index gets the fields that are not open.
    let members = (json.object ?? []).map { member in
      guard member.key == "fields", let fields = member.value.array else { return member }
      return JSON.Member("fields", .array(fields.filter { !FieldPatterns.isOpen($0) }))
    }
    var schema = try CollectionSchema(json: .object(members))
    schema.createdAt = Self.now
    _ = try FieldPatterns(details.openFields, nestedFields: schema.nestedFields)
    let collection = try store.createCollection(schema)
    if let stored = details.stored { try settings.set(.collection, schema.name, stored) }
    return collection
  }

  /// Removes a collection and what is configured of it.
  public func dropCollection(named name: String) throws {
    try current(name) { try store.dropCollection(named: $0.name) }
    try settings.remove(.collection, name)
    try removeOwnSets(of: name)
  }

  /// A collection as clients read it.
  public func describe(_ collection: Collection) -> JSON {
    let snapshot = collection.snapshot
    let details = details(of: collection.name)
    guard var members = snapshot.schema.json.object else { return .null }
    for member in details.members {
      members.removeAll { $0.key == member.key }
      members.append(member)
    }
    members.removeAll { $0.key == "fields" }
    members.append(JSON.Member("fields", details.describe(snapshot.schema)))
    members.append(JSON.Member("num_documents", .int(Int64(snapshot.documentCount))))
    return .object(members)
  }
}

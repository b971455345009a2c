// SPDX-License-Identifier: Apache-2.0
//
// Fields that a schema leaves open: of type `auto`, `string*`, `object` or `object[]`, or with a regular
// expression for a name. The index knows none of them; what they stand for is found in the documents
// before those are written, and added to the schema.

import Foundation
import JSON
import SearchIndex

/// The open fields of a schema.
struct FieldPatterns: Sendable {
  /// The most fields that a schema may grow to by itself, against documents that use ids as keys.
  static let fieldLimit = 1000

  fileprivate struct Pattern: Sendable {
    var json: JSON
    /// Matches whole names; nil for an object, which stands for all that is in it.
    var expression: NSRegularExpression?
    var objectPrefix: String?
    /// The type of all that matches; nil if the value says.
    var type: FieldType?
    /// Whether values become strings.
    var isText: Bool
  }

  /// What a value in a document says of its field.
  private struct Guess {
    var type: FieldType?
    var isArray = false
  }

  fileprivate let patterns: [Pattern]
  private let reachesIntoObjects: Bool

  var isEmpty: Bool { patterns.isEmpty }

  /// Whether a field of a schema is open.
  static func isOpen(_ field: JSON) -> Bool {
    let name = field["name"]?.string ?? ""
    return ["auto", "string*", "object", "object[]"].contains(field["type"]?.string ?? "")
      || name.contains { "*+?[(|^$\\".contains($0) }
  }

  /// Reads open fields as clients send them.
  ///
  /// - Throws: ``IndexError`` with code invalid that names the field and the remedy.
  init(_ fields: [JSON], nestedFields: Bool) throws(IndexError) {
    reachesIntoObjects = nestedFields
    var patterns: [Pattern] = []
    for field in fields {
      guard let name = field["name"]?.string, !name.isEmpty else {
        throw IndexError(.invalid, "Each field needs a `name` of 1 to 255 bytes.")
      }
      let type = field["type"]?.string ?? ""
      var pattern = Pattern(json: field, isText: type == "string*")
      if type == "object" || type == "object[]" {
        guard nestedFields else {
          throw IndexError(
            .invalid,
            "Type `\(type)` of field `\(name)` needs `enable_nested_fields` to be true."
          )
        }
        pattern.objectPrefix = name + "."
      } else {
        guard let expression = try? NSRegularExpression(pattern: "^(?:\(name))$") else {
          throw IndexError(.invalid, "The field name `\(name)` is no regular expression.")
        }
        pattern.expression = expression
        pattern.type = FieldType(rawValue: type)
        guard pattern.type != nil || type == "auto" || pattern.isText else {
          throw IndexError(.invalid, "Field `\(name)` has the unknown type `\(type)`.")
        }
      }
      patterns.append(pattern)
    }
    self.patterns = patterns
  }

  /// The fields that documents show and a schema lacks; documents that are no JSON show none.
  func fields(in documents: [[UInt8]], beyond schema: CollectionSchema) throws -> [Field] {
    let known = Set(schema.fields.map(\.name))
    var order: [String] = []
    var found: [String: (pattern: Int, guess: Guess)] = [:]
    let parser = try JSONParser()
    for document in documents {
      try? document.withUnsafeBufferPointer { bytes in
        try parser.parse(bytes) { root in
          walk(root, path: "", isArray: false, depth: 0) { name, guess in
            guard !known.contains(name), name != "id" else { return }
            if let (pattern, before) = found[name] {
              found[name] = (pattern, Self.unify(before, guess))
            } else if let pattern = patterns.firstIndex(where: { $0.matches(name) }) {
              found[name] = (pattern, guess)
              order.append(name)
            }
          }
        }
      }
    }
    let fields = try order.compactMap { name -> Field? in
      guard let (pattern, guess) = found[name] else { return nil }
      return try patterns[pattern].field(name, guess.type, isArray: guess.isArray)
    }
    guard schema.fields.count + fields.count <= Self.fieldLimit else {
      throw IndexError(
        .invalid,
        "The documents would make more than \(Self.fieldLimit) fields: name them in the schema."
      )
    }
    return fields
  }

  /// Calls `body` with the path of each value that is no object, and what its type may be.
  private func walk(
    _ object: JSONView,
    path: String,
    isArray: Bool,
    depth: Int,
    _ body: (String, Guess) -> Void
  ) {
    object.forEachPair { key, value in
      let name = path + String(decoding: key, as: UTF8.self)
      switch value.kind {
      case .object:
        guard reachesIntoObjects, depth < 8 else { return }
        walk(value, path: name + ".", isArray: isArray, depth: depth + 1, body)
      case .array:
        value.forEachElement { element in
          if element.kind == .object {
            guard reachesIntoObjects, depth < 8 else { return }
            walk(element, path: name + ".", isArray: true, depth: depth + 1, body)
          } else {
            body(name, Guess(type: Self.type(element), isArray: true))
          }
        }
      default: body(name, Guess(type: Self.type(value), isArray: isArray))
      }
    }
  }

  private static func type(_ value: JSONView) -> FieldType? {
    switch value.kind {
    case .string: .string
    case .integer: .int64
    case .double: .float
    case .yes, .no: .bool
    case .null, .array, .object: nil
    }
  }

  private static func unify(_ a: Guess, _ b: Guess) -> Guess {
    var type = a.type ?? b.type
    if a.type == .int64, b.type == .float { type = .float }
    return Guess(type: type, isArray: a.isArray || b.isArray)
  }
}

extension FieldPatterns.Pattern {
  func matches(_ name: String) -> Bool {
    if let objectPrefix { return name.hasPrefix(objectPrefix) }
    let range = NSRange(name.startIndex..., in: name)
    return expression?.firstMatch(in: name, range: range) != nil
  }

  /// The field that a matching name gets; nil if its values say nothing.
  func field(_ name: String, _ guess: FieldType?, isArray: Bool) throws -> Field? {
    var type = type
    if type == nil {
      guard let single = isText ? .string : guess else { return nil }
      type = isArray ? FieldType(rawValue: single.rawValue + "[]") : single
    }
    guard let type, var members = json.object else { return nil }
    members.removeAll { ["name", "type", "optional"].contains($0.key) }
    members += [
      JSON.Member("name", .string(name)), JSON.Member("type", .string(type.rawValue)),
      JSON.Member("optional", true),
    ]
    return try Field(json: .object(members))
  }
}

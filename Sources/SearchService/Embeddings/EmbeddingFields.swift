// SPDX-License-Identifier: Apache-2.0

import Foundation
import Hashing
import JSON
import SearchIndex

/// What of a collection's documents becomes vectors.
struct EmbeddingFields: Equatable, Sendable {
  /// The fields of text, in order.
  var texts: [String]
  /// Fields that documents bring vectors in, with their dimension.
  var vectors: [(field: String, dimension: Int)]

  static func == (a: EmbeddingFields, b: EmbeddingFields) -> Bool {
    a.texts == b.texts && a.vectors.elementsEqual(b.vectors) { $0 == $1 }
  }

  /// What titles are called.
  private static let titles: Set = ["title", "name", "product_name", "headline"]
  /// What else tells what a product is.
  private static let details: Set = [
    "subtitle", "brand", "category", "categories", "description", "short_description", "summary",
    "features", "bullets",
  ]
  /// Bytes of a document's text that are looked at.
  private static let longestText = 8 << 10

  /// `metadata` of a collection may name the fields of text: {"embedding": {"fields": [...]}}, none
  /// with an empty list; else title-like fields are taken and then description-like ones, each in schema
  /// order, as encoders cut long texts; or all single strings that are no facets where none is.
  init(_ schema: CollectionSchema, metadata: JSON?) {
    vectors = schema.fields.compactMap { field in field.dimensions.map { (field.name, $0) } }
    let fields = schema.fields.filter { $0.type.isText }
    if let named = metadata?["embedding"]?["fields"]?.array?.compactMap(\.string) {
      texts = named.filter { name in fields.contains { $0.name == name } }
      return
    }
    func named(_ names: Set<String>) -> [Field] {
      fields.filter { field in
        names.contains(field.name.split(separator: ".").last.map { $0.lowercased() } ?? "")
      }
    }
    let known = named(Self.titles) + named(Self.details)
    let chosen = known.isEmpty ? fields.filter { $0.type == .string && !$0.facet } : known
    texts = chosen.map(\.name)
  }

  /// Tells apart what the choice of fields makes of the same document.
  var label: String { texts.joined(separator: ",") }

  /// A document's text; "" for none.
  func text(of document: JSON) -> String {
    var parts: [String] = []
    var length = 0
    for field in texts where length < Self.longestText {
      Self.gather(document, field) { text in
        guard length < Self.longestText else { return }
        let part = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !part.isEmpty else { return }
        parts.append(part)
        length += part.utf8.count
      }
    }
    return parts.joined(separator: ". ").cut(to: Self.longestText)
  }

  /// A vector that a document brings; nil if it has none of this dimension.
  static func vector(_ field: String, dimension: Int, of document: JSON) -> [Float]? {
    var value: JSON? = document[field]
    if value == nil { value = field.split(separator: ".").reduce(document) { $0?[String($1)] } }
    guard let numbers = value?.array, numbers.count == dimension else { return nil }
    let floats = numbers.compactMap { $0.double.map { Float($0) } }
    return floats.count == dimension ? floats : nil
  }

  private static func gather(_ document: JSON, _ field: String, _ body: (String) -> Void) {
    var values: [JSON] = document[field].map { [$0] } ?? []
    if values.isEmpty {
      values = [document]
      for part in field.split(separator: ".") {
        values = values.flatMap { value in
          (value.array ?? [value]).compactMap { $0[String(part)] }
        }
      }
    }
    for value in values {
      for element in value.array ?? [value] { if let text = element.string { body(text) } }
    }
  }

  /// 64 bits of SHA-256.
  static func hash(_ bytes: [UInt8]) -> UInt64 {
    Hashing.sha256(bytes).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
  }
}

extension String {
  /// The text up to a number of bytes, whole characters only.
  func cut(to bytes: Int) -> String {
    guard utf8.count > bytes else { return self }
    var end = utf8.index(utf8.startIndex, offsetBy: bytes)
    while utf8[end] & 0xC0 == 0x80 { utf8.formIndex(before: &end) }
    return String(self[..<end])
  }
}

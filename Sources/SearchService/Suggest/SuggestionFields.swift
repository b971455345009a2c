// SPDX-License-Identifier: Apache-2.0

import SearchIndex

/// The fields of a collection whose values are suggested.
struct SuggestionFields {
  /// What a product is called.
  let title: String?
  let brand: String?
  let category: String?

  /// Finds them by the names that shops use; without any of these the first field of text is the
  /// title.
  init(_ schema: CollectionSchema) {
    let texts = schema.fields.filter { $0.type.isText && $0.index }
    func named(_ names: String...) -> String? {
      names.first { name in texts.contains { $0.name == name } }
    }
    title = named("title", "name", "product_name") ?? texts.first?.name
    let facets = Set(texts.filter(\.facet).map(\.name))
    brand = named("brand", "manufacturer", "vendor").flatMap { facets.contains($0) ? $0 : nil }
    category = named("category", "categories", "product_type").flatMap {
      facets.contains($0) ? $0 : nil
    }
  }

  func entry(title: String) -> CompletionEntry {
    CompletionEntry(text: title, score: Suggester.Weight.title, count: 1, kind: .title)
  }

  /// The entry of a brand or category that `count` products have; of a path such as
  /// "Garden > Pots" the last part is what people type.
  func entry(_ value: String, _ count: Int, _ kind: CompletionEntry.Kind) -> CompletionEntry {
    let parts = value.split(separator: ">").map { part in
      String(part.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
    let weight = kind == .brand ? Suggester.Weight.brand : Suggester.Weight.category
    return CompletionEntry(
      text: parts.last ?? value,
      score: weight * Float(count),
      count: UInt32(clamping: count),
      kind: kind,
      category: parts.count > 1 ? parts[parts.count - 2] : nil
    )
  }
}

// SPDX-License-Identifier: Apache-2.0

import JSON

/// Finds the objects that values of nested facets stand in.
struct FacetParents {
  let snapshot: Snapshot

  /// Whether a request asks for the objects of a facet's values; a star stands for anything.
  static func isAsked(_ patterns: [String], of field: String) -> Bool {
    field.contains(".") && patterns.contains { FieldSelection.matches($0, field) }
  }

  /// By value of a facet, an object that holds it, from one document that matches.
  ///
  /// - Throws: ``IndexError`` with code corrupt if a stored document is damaged.
  func find(
    _ facet: SearchResult.Facet,
    _ index: Int,
    _ documents: [Bitset]
  ) throws(IndexError) -> [String: JSON] {
    guard let dot = facet.field.lastIndex(of: ".") else { return [:] }
    let path = facet.field[..<dot]
    let name = String(facet.field[facet.field.index(after: dot)...])
    var missing = Set(facet.counts.map(\.value))
    var parents: [String: JSON] = [:]
    for (part, matching) in zip(snapshot.parts, documents) {
      let column = part.segment.columns[index]
      guard !missing.isEmpty, column.kind != .place else { break }
      var holders: [String: Int] = [:]
      matching.forEach { document in
        guard holders.count < missing.count else { return }
        for value in column.range(document) {
          let text = Self.text(column, value, snapshot.schema.columnFields[index])
          if missing.contains(text), holders[text] == nil { holders[text] = document }
        }
      }
      for (text, document) in holders {
        guard let parent = try parent(part.segment, document, path, name, text) else { continue }
        parents[text] = parent
        missing.remove(text)
      }
    }
    return parents
  }

  private func parent(
    _ segment: Segment,
    _ document: Int,
    _ path: Substring,
    _ name: String,
    _ text: String
  ) throws(IndexError) -> JSON? {
    let root: JSON
    do { root = try JSON(parsing: segment.document(document)) } catch {
      throw IndexError(.corrupt, "A stored document is damaged: \(error)")
    }
    return root.values(at: path).first { object in
      object.values(at: name).contains { value in
        value.string == text || String(decoding: value.serialized(), as: UTF8.self) == text
      }
    }
  }

  private static func text(_ column: Column, _ value: Int, _ field: Field) -> String {
    if column.kind == .term { return column.term(column.ordinal(value)) }
    return FacetCounter.text(column.number(value), isBool: field.type.isBool)
  }
}

// SPDX-License-Identifier: Apache-2.0
//
// Columns hold the values of all objects of an array together, so which of them belong to one object is
// found in the stored document.

import JSON

/// Tests conditions on single objects inside documents.
///
/// One thread at a time.
struct ElementMatcher {
  private let schema: CollectionSchema
  private let analyzer: Analyzer
  private let parser: JSONParser
  private let tokens = TokenBuffer()

  init(schema: CollectionSchema, analyzer: Analyzer) throws(IndexError) {
    self.schema = schema
    self.analyzer = analyzer
    do { parser = try JSONParser() } catch { throw IndexError(.io, error.message) }
  }

  /// Whether a stored document satisfies a filter.
  ///
  /// - Throws: ``IndexError`` with code corrupt if the document is damaged.
  func matches(_ filter: Filter, in document: [UInt8]) throws(IndexError) -> Bool {
    let root: JSON
    do {
      root = try document.withUnsafeBufferPointer { try parser.parse($0) { $0.tree } }
    } catch {
      throw IndexError(.corrupt, "A stored document is damaged: \(error)")
    }
    return matches(filter, root, path: "")
  }

  /// `path`: The path of `object`, with a dot at its end unless it is the document.
  private func matches(_ filter: Filter, _ object: JSON, path: String) -> Bool {
    func values(_ field: String) -> [JSON] { object.values(at: field.dropFirst(path.count)) }
    switch filter {
    case .and(let parts): return parts.allSatisfy { matches($0, object, path: path) }
    case .or(let parts): return parts.contains { matches($0, object, path: path) }
    case .not(let part): return !matches(part, object, path: path)
    case .elements(let inner, let condition):
      return values(inner).contains { matches(condition, $0, path: inner + ".") }
    case .integers(let field, let ranges):
      return values(field).contains { value in
        guard let number = value.int ?? value.bool.map({ $0 ? 1 : 0 }) else { return false }
        return ranges.contains { $0.contains(number) }
      }
    case .numbers(let field, let ranges):
      return values(field).contains { value in
        value.double.map { number in ranges.contains { $0.contains(number) } } ?? false
      }
    case .text(let field, let wanted, let isWhole):
      let texts = values(field).compactMap(\.string)
      return wanted.contains { wanted in texts.contains { holds($0, wanted, isWhole: isWhole) } }
    case .near(let field, let center, let meters):
      return places(object, field.dropFirst(path.count)).contains {
        Geo.distance($0, center) <= meters
      }
    case .polygon(let field, let corners):
      return places(object, field.dropFirst(path.count)).contains { Geo.contains(corners, $0) }
    case .covers(let field, let place):
      return Geo.contains(places(object, field.dropFirst(path.count)), place)
    case .ids(let ids): return object["id"]?.string.map(ids.contains) ?? false
    }
  }

  private func holds(_ text: String, _ wanted: Filter.TextValue, isWhole: Bool) -> Bool {
    if isWhole {
      let (text, wanted, isPrefix) = (text.lowercased(), wanted.text.lowercased(), wanted.isPrefix)
      return isPrefix ? text.hasPrefix(wanted) : text == wanted
    }
    let (words, sought) = (terms(text), terms(wanted.text))
    return !sought.isEmpty
      && sought.enumerated().allSatisfy { index, term in
        wanted.isPrefix && index == sought.count - 1
          ? words.contains { $0.starts(with: term) } : words.contains(term)
      }
  }

  private func terms(_ text: String) -> [[UInt8]] {
    analyzer.analyze(text, into: tokens)
    return tokens.terms
  }

  private func places(_ object: JSON, _ path: Substring) -> [GeoPoint] {
    let numbers = object.values(at: path).compactMap(\.double)
    guard numbers.count % 2 == 0 else { return [] }
    return stride(from: 0, to: numbers.count, by: 2).map {
      GeoPoint(latitude: numbers[$0], longitude: numbers[$0 + 1])
    }
  }
}

extension JSON {
  /// The values at a dotted path, arrays on the way and at its end opened.
  func values(at path: some StringProtocol) -> [JSON] {
    var values = [self]
    for key in path.split(separator: ".") {
      values = values.flatMap { $0[String(key)]?.elements ?? [] }
    }
    return values
  }

  /// What an array holds, arrays inside opened; else the value itself.
  private var elements: [JSON] { array.map { $0.flatMap(\.elements) } ?? [self] }
}

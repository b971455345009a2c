// SPDX-License-Identifier: Apache-2.0
//
// A placeholder is `{field}`, the name made of letters, digits, `_`, `-` and `.`; other braces, such
// as those of a filter on nested objects, are text.

/// Finds and fills placeholders.
enum Placeholder {
  /// A text cut at its placeholders.
  enum Part: Equatable {
    case text(Substring)
    case field(String)
  }

  static func parts(of text: String) -> [Part] {
    var parts: [Part] = []
    var rest = text[...]
    var scanned = rest.startIndex
    while let open = rest[scanned...].firstIndex(of: "{") {
      let name = rest[rest.index(after: open)...].prefix { isNameCharacter($0) }
      guard !name.isEmpty, name.endIndex < rest.endIndex, rest[name.endIndex] == "}" else {
        scanned = rest.index(after: open)
        continue
      }
      if open > rest.startIndex { parts.append(.text(rest[..<open])) }
      parts.append(.field(String(name)))
      rest = rest[rest.index(after: name.endIndex)...]
      scanned = rest.startIndex
    }
    if !rest.isEmpty { parts.append(.text(rest)) }
    return parts
  }

  private static func isNameCharacter(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || "_-.".contains(character)
  }

  static func names(in text: String) -> [String] {
    guard text.utf8.contains(UInt8(ascii: "{")) else { return [] }
    return parts(of: text).compactMap { if case .field(let name) = $0 { name } else { nil } }
  }

  /// The text with values in place of placeholders; nil if a value is missing or `quote` refuses it.
  ///
  /// A placeholder that already stands in backticks gets no others.
  static func fill(
    _ text: String,
    _ bindings: [String: String],
    quote: (String) -> String?
  ) -> String? {
    guard text.utf8.contains(UInt8(ascii: "{")) else { return text }
    var filled = ""
    for part in parts(of: text) {
      switch part {
      case .text(let text): filled += text
      case .field(let name):
        guard let value = bindings[name], let quoted = quote(value) else { return nil }
        filled += filled.hasSuffix("`") ? value : quoted
      }
    }
    return filled
  }

  /// A value as a filter takes it, in backticks; nil if it holds one, which no filter can quote.
  static func filterValue(_ value: String) -> String? {
    value.contains("`") ? nil : "`\(value)`"
  }

  /// A value as part of a field's name; nil if it holds what a name in an order cannot.
  static func nameValue(_ value: String) -> String? {
    value.allSatisfy { isNameCharacter($0) } ? value : nil
  }
}

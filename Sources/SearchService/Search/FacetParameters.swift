// SPDX-License-Identifier: Apache-2.0
//
//   facet_by := facet ("," facet)*       facet  := field ("(" option ("," option)* ")")?
//   option   := label ":[" low? "," high? "]" | "sort_by:" ("_alpha" | field) ":" ("asc" | "desc")

import SearchIndex

/// The fields of `facet_by` with their options.
struct FacetParameters {
  private(set) var fields: [String] = []
  private(set) var options: [String: FacetOptions] = [:]

  /// Parses the parameter.
  ///
  /// - Throws: ``IndexError`` with code invalid that names the part and the remedy.
  init(_ text: String) throws(IndexError) {
    for part in Self.split(text) {
      guard let open = part.firstIndex(of: "(") else {
        fields.append(part)
        continue
      }
      let field = String(part[..<open])
      guard part.last == ")" else {
        throw IndexError(.invalid, "Facet field `\(field)` needs a closing parenthesis.")
      }
      fields.append(field)
      var options = FacetOptions()
      for option in Self.split(String(part[part.index(after: open)...].dropLast())) {
        try Self.read(option, of: field, into: &options)
      }
      self.options[field] = options
    }
  }

  /// Parts between commas that stand outside brackets, white space taken out.
  private static func split(_ text: String) -> [String] {
    var depth = 0
    let parts = text.utf8.split { byte in
      if byte == UInt8(ascii: "(") || byte == UInt8(ascii: "[") { depth += 1 }
      if byte == UInt8(ascii: ")") || byte == UInt8(ascii: "]") { depth -= 1 }
      return byte == UInt8(ascii: ",") && depth == 0
    }
    return parts.compactMap { part in
      let start = part.drop { $0 <= 0x20 }
      guard let last = start.lastIndex(where: { $0 > 0x20 }) else { return nil }
      return String(start[...last])
    }
  }

  private static func read(
    _ option: String,
    of field: String,
    into options: inout FacetOptions
  ) throws(IndexError) {
    let compact = option.filter { !$0.isWhitespace }
    if compact.hasPrefix("sort_by:") {
      let parts = compact.split(separator: ":")
      guard parts.count == 3, parts[2] == "asc" || parts[2] == "desc" else {
        throw IndexError(
          .invalid,
          "Facet field `\(field)` can be sorted by `_alpha:asc` or `number_field:desc`."
        )
      }
      let ascending = parts[2] == "asc"
      options.order =
        parts[1] == "_alpha"
        ? .value(ascending: ascending) : .field(String(parts[1]), ascending: ascending)
      return
    }
    guard let colon = option.lastIndex(of: ":"), option[colon...].contains("[") else {
      // Options of other servers, such as top_k, ask for what is done anyway.
      return
    }
    let bounds = option[option.index(after: colon)...].filter { !$0.isWhitespace }
      .dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false)
    guard bounds.count == 2,
      let low = bounds[0].isEmpty ? -.infinity : Double(bounds[0]),
      let high = bounds[1].isEmpty ? .infinity : Double(bounds[1])
    else {
      throw IndexError(.invalid, "Write a range of `\(field)` as `label:[low, high]`.")
    }
    let label = option[..<colon].filter { $0 != "`" }
    options.ranges.append(FacetOptions.Range(label: String(label), low: low, high: high))
  }
}

// SPDX-License-Identifier: Apache-2.0

import JSON

/// Marks the matched words of a text and cuts a snippet around them.
struct Highlighter {
  /// A marked word: its place among the tokens, and the bytes to mark.
  private struct Mark {
    var token: Int
    var start: Int
    var end: Int
  }

  let analyzer: Analyzer
  let terms: HighlightTerms
  /// For the tokens of one text after the other.
  let tokens: TokenBuffer
  /// Put before and after what is marked.
  let tags: (before: [UInt8], after: [UInt8])
  /// Words shown before and after a match.
  let context: Int
  /// Texts of at most this many words are shown whole.
  let threshold: Int

  /// The matched parts of a field's value; nil if nothing matched.
  func highlight(_ value: JSONView, field: String, isFull: Bool) -> SearchResult.Highlight? {
    let isArray = value.kind == .array
    var highlight = SearchResult.Highlight(
      field: field,
      snippets: [],
      values: isFull ? [] : nil,
      indices: isArray ? [] : nil,
      matched: []
    )
    if let text = value.utf8 { mark(text, in: &highlight) }
    var index = 0
    value.forEachElement { element in
      if let text = element.utf8, mark(text, in: &highlight) { highlight.indices?.append(index) }
      highlight.elements.append(element.string ?? "")
      index += 1
    }
    return highlight.snippets.isEmpty ? nil : highlight
  }

  /// The matched parts of a field inside objects; nil if nothing matched.
  ///
  /// `path`: The field's name taken apart.
  func highlight(
    in document: JSONView,
    _ path: [[UInt8]],
    field: String,
    isFull: Bool
  ) -> SearchResult.Highlight? {
    var highlight = SearchResult.Highlight(
      field: field,
      snippets: [],
      values: isFull ? [] : nil,
      matched: []
    )
    highlight.nested = parts(of: document, path[...], in: &highlight)
    return highlight.snippets.isEmpty ? nil : highlight
  }

  /// What is at a path of a value, texts as their parts; nil if nothing is there.
  private func parts(
    of value: JSONView,
    _ path: ArraySlice<[UInt8]>,
    in highlight: inout SearchResult.Highlight
  ) -> JSON? {
    if value.kind == .array {
      var elements: [JSON] = []
      value.forEachElement { elements.append(parts(of: $0, path, in: &highlight) ?? [:]) }
      return .array(elements)
    }
    if let key = path.first {
      guard let inner = value[key], let part = parts(of: inner, path.dropFirst(), in: &highlight)
      else { return nil }
      return .object([JSON.Member(String(decoding: key, as: UTF8.self), part)])
    }
    guard let text = value.utf8 else { return nil }
    guard mark(text, in: &highlight) else {
      return ["matched_tokens": [], "snippet": .string(String(decoding: text, as: UTF8.self))]
    }
    let words = (highlight.matched.last ?? []).map { JSON.string($0) }
    var members = [
      JSON.Member("matched_tokens", .array(words)),
      JSON.Member("snippet", .string(highlight.snippets.last ?? "")),
    ]
    if let whole = highlight.values?.last { members.append(JSON.Member("value", .string(whole))) }
    return .object(members)
  }

  /// Adds what matches in a text; false if nothing does.
  @discardableResult
  private func mark(
    _ text: UnsafeBufferPointer<UInt8>,
    in highlight: inout SearchResult.Highlight
  ) -> Bool {
    analyzer.analyze(text, into: tokens)
    var marks: [Mark] = []
    var matched: [String] = []
    for index in 0..<tokens.count {
      let term = tokens.utf8(index)
      guard terms.contains(term) else { continue }
      let token = tokens[index]
      let (start, end) = (Int(token.sourceStart), Int(token.sourceEnd))
      var marked = end
      // Byte counts agree only where folding left the text as it was, but for case.
      if let prefix = terms.prefix, term.count == end - start, terms.begins(term) {
        marked = start + prefix.count
      }
      marks.append(Mark(token: index, start: start, end: marked))
      let word = String(decoding: text[start..<end], as: UTF8.self)
      if !matched.contains(word) { matched.append(word) }
    }
    guard let first = marks.first else { return false }
    var (from, to) = (0, text.count)
    if tokens.count > threshold {
      from = Int(tokens[max(0, first.token - context)].sourceStart)
      to = Int(tokens[min(tokens.count - 1, first.token + context)].sourceEnd)
    }
    highlight.snippets.append(marked(text, marks, from: from, to: to))
    highlight.values?.append(marked(text, marks, from: 0, to: text.count))
    highlight.matched.append(matched)
    return true
  }

  /// The part of a text from one byte to another, its marks within tags.
  private func marked(
    _ text: UnsafeBufferPointer<UInt8>,
    _ marks: [Mark],
    from: Int,
    to: Int
  ) -> String {
    var result: [UInt8] = []
    result.reserveCapacity(to - from + marks.count * (tags.before.count + tags.after.count))
    var position = from
    for mark in marks where mark.start >= from && mark.end <= to {
      result.append(contentsOf: text[position..<mark.start])
      result.append(contentsOf: tags.before)
      result.append(contentsOf: text[mark.start..<mark.end])
      result.append(contentsOf: tags.after)
      position = mark.end
    }
    result.append(contentsOf: text[position..<to])
    return String(decoding: result, as: UTF8.self)
  }
}

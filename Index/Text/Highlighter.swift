// SPDX-License-Identifier: Apache-2.0

import JSON

/// Marks the matched words of a text and cuts a snippet around them.
struct Highlighter {
  let analyzer: Analyzer
  /// Folded terms that count as matches.
  let terms: Set<[UInt8]>
  /// The unfinished last word: of a term that it begins, that beginning is marked.
  let prefix: [UInt8]?
  let tags: (String, String)
  /// Words shown before and after a match.
  let context: Int
  /// Texts of at most this many words are shown whole.
  let threshold: Int

  /// The matched parts of a field's value; nil if nothing matched.
  func highlight(_ value: JSON?, field: String, isFull: Bool) -> SearchResult.Highlight? {
    let texts: [String]
    var isArray = false
    switch value {
    case .string(let text): texts = [text]
    case .array(let elements):
      texts = elements.map { $0.string ?? "" }
      isArray = true
    default: return nil
    }
    var highlight = SearchResult.Highlight(
      field: field,
      snippets: [],
      values: isFull ? [] : nil,
      indices: isArray ? [] : nil,
      matched: []
    )
    for (index, text) in texts.enumerated() {
      guard let found = mark(text) else { continue }
      highlight.snippets.append(found.snippet)
      highlight.values?.append(found.value)
      highlight.indices?.append(index)
      highlight.matched.append(found.matched)
    }
    return highlight.snippets.isEmpty ? nil : highlight
  }

  private func mark(_ text: String) -> (snippet: String, value: String, matched: [String])? {
    let tokens = TokenBuffer()
    analyzer.analyze(text, into: tokens)
    let bytes = Array(text.utf8)
    var ranges: [(token: Int, start: Int, end: Int)] = []
    var matched: [String] = []
    for index in 0..<tokens.count {
      let (token, term) = (tokens[index], tokens.term(index))
      let (start, end) = (Int(token.sourceStart), Int(token.sourceEnd))
      guard terms.contains(term) || prefix.map({ term.starts(with: $0) }) ?? false else { continue }
      var marked = end
      // Byte counts agree only where folding left the text as it was, but for case.
      if let prefix, term.starts(with: prefix), term.count == end - start {
        marked = start + prefix.count
      }
      ranges.append((index, start, marked))
      let word = String(decoding: bytes[start..<end], as: UTF8.self)
      if !matched.contains(word) { matched.append(word) }
    }
    guard let first = ranges.first else { return nil }
    let value = marked(bytes, ranges, from: 0, to: bytes.count)
    guard tokens.count > threshold else { return (value, value, matched) }
    let low = max(0, first.token - context)
    let high = min(tokens.count - 1, first.token + context)
    let from = Int(tokens[low].sourceStart)
    let to = Int(tokens[high].sourceEnd)
    let inside = ranges.filter { $0.start >= from && $0.end <= to }
    return (marked(bytes, inside, from: from, to: to), value, matched)
  }

  private func marked(
    _ bytes: [UInt8],
    _ ranges: [(token: Int, start: Int, end: Int)],
    from: Int,
    to: Int
  ) -> String {
    var result: [UInt8] = []
    var position = from
    for range in ranges {
      result += bytes[position..<range.start] + Array(tags.0.utf8)
      result += bytes[range.start..<range.end] + Array(tags.1.utf8)
      position = range.end
    }
    result += bytes[position..<to]
    return String(decoding: result, as: UTF8.self)
  }
}

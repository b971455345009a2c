// SPDX-License-Identifier: Apache-2.0
//
// A rule that counts queries by more than their text counts forms of them. A form has a number, counts
// and known shoppers of its own, as a query has, under a scope that no collection can have: so the
// threshold of shoppers holds for each form, and forgetting and retention treat it as a query.

/// A query as an analytics rule counts it.
struct QuerySubject: Equatable {
  /// Ends the scope of forms, and separates their parts.
  private static let separator: Character = "\u{1}"
  /// Longest text of a form, in bytes, so that its key fits in what LMDB takes.
  private static let longest = 300

  var query: String
  /// The filter that it was sent with; empty for any.
  var filter = ""
  /// The tag that it was sent with; empty for any.
  var tag = ""

  /// The name that a form is counted by.
  ///
  /// What would be too long is counted without filter and tag.
  func form(of collection: String) -> Name {
    let parts = [filter, tag, query].map { $0.filter { $0 != Self.separator && $0 != "\0" } }
    let text = parts.joined(separator: String(Self.separator))
    return text.utf8.count > Self.longest && !(filter.isEmpty && tag.isEmpty)
      ? QuerySubject(query: query).form(of: collection)
      : Name(kind: .query, scope: collection + String(Self.separator), text: text)
  }

  init(query: String, filter: String = "", tag: String = "") {
    self.query = query
    self.filter = filter
    self.tag = tag
  }

  /// What a name stands for.
  init(_ name: Name) {
    let parts = name.text.split(
      separator: Self.separator,
      maxSplits: 2,
      omittingEmptySubsequences: false
    )
    guard name.isForm, parts.count == 3 else {
      self.init(query: name.text)
      return
    }
    self.init(query: String(parts[2]), filter: String(parts[0]), tag: String(parts[1]))
  }
}

extension Name {
  /// Whether it is a form of a query that only rules count, and no query itself.
  var isForm: Bool { scope.utf8.last == 1 }
}

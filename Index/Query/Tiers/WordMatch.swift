// SPDX-License-Identifier: Apache-2.0

/// How an index term comes to stand for a word of a query.
public enum WordMatch: Hashable, Sendable {
  /// It is the word.
  case exact
  /// It goes on after the word.
  case prefix
  /// It is the word but for typos; if `goesOn`, it goes on after them.
  case misspelled(edits: Int, goesOn: Bool)
  /// It is the word's plural or singular.
  case otherNumber
  /// It is a half of the word, or the word and its neighbour in one.
  case joined
  /// The word is inside it.
  case inner
  /// A synonym says so.
  case synonym

  /// How far it is from the word: 0 for none, 1 for going on, 2 for each edit or what is like one.
  var cost: Int {
    switch self {
    case .exact, .synonym: 0
    case .prefix: 1
    case .otherNumber, .joined: 2
    case .misspelled(let edits, let goesOn): 2 * edits + (goesOn ? 1 : 0)
    case .inner: 4
    }
  }

  /// Whether a searched field takes such a term for the word.
  func isAllowed(in field: SearchRequest.QueryField) -> Bool {
    switch self {
    case .exact, .otherNumber, .joined, .synonym: true
    case .prefix: field.prefix
    case .misspelled(let edits, let goesOn): edits <= field.typos && (field.prefix || !goesOn)
    case .inner: field.infix ?? false
    }
  }
}

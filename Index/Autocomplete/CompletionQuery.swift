// SPDX-License-Identifier: Apache-2.0

/// What was typed, folded.
struct CompletionQuery {
  /// The words; the last may be unfinished.
  var words: [[UInt8]]
  /// Whether the last word is unfinished.
  var isOpen: Bool
  /// The key that completions are to start with.
  var key: [UInt8]

  /// The most words that are looked at.
  static let mostWords = 16

  /// Takes folded text apart; of many words the last ones count.
  init(_ folded: FoldedText) {
    key = folded.key
    isOpen = folded.key.last != 0x20
    words = folded.words.split(separator: 0x20).suffix(Self.mostWords).map(Array.init)
    if words.isEmpty { isOpen = false }
  }

  /// Whether a word is the unfinished one.
  func isOpen(_ place: Int) -> Bool { isOpen && place == words.count - 1 }

  /// The unfinished word; empty if there is none.
  var prefix: [UInt8] { isOpen ? words.last ?? [] : [] }
}

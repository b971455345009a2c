// SPDX-License-Identifier: Apache-2.0

/// The folded terms that are marked in texts.
///
/// Nearly all words of a text are not, so the first byte decides: a set of arrays took longer to hash
/// each word than to find the words.
struct HighlightTerms {
  /// By first byte, then in no order.
  private let terms: [[UInt8]]
  /// Where the terms of each first byte start; one more for the end.
  private let starts: [Int]
  /// The unfinished last word: of a term that it begins, that beginning is marked.
  let prefix: [UInt8]?

  init(_ terms: some Sequence<[UInt8]>, prefix: [UInt8]?) {
    let terms = terms.filter { !$0.isEmpty }.sorted { $0[0] < $1[0] }
    var starts = [Int](repeating: terms.count, count: 257)
    for (place, term) in terms.enumerated().reversed() { starts[Int(term[0])] = place }
    for byte in (0..<256).reversed() { starts[byte] = min(starts[byte], starts[byte + 1]) }
    (self.terms, self.starts, self.prefix) = (terms, starts, prefix)
  }

  /// Whether a term is marked.
  func contains(_ term: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let first = term.first else { return false }
    for place in starts[Int(first)]..<starts[Int(first) + 1]
    where terms[place].count == term.count && terms[place].elementsEqual(term) { return true }
    return begins(term)
  }

  /// Whether a term starts with the unfinished last word.
  func begins(_ term: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let prefix else { return false }
    return prefix.count <= term.count && term.starts(with: prefix)
  }
}

// SPDX-License-Identifier: Apache-2.0

/// Which words of queries stand for the words that synonyms replace.
public struct SynonymMatching: Equatable, Sendable {
  /// Whether a word may be the beginning of what is replaced.
  public var acceptsPrefixes = false
  /// Edits allowed between a word and what is replaced, 0...2; fewer in short words.
  public var typos = 0

  /// Accepts only the words themselves.
  public init() {}

  /// Whether nothing but the words themselves is accepted.
  var isExact: Bool { !acceptsPrefixes && typos == 0 }

  /// Whether a word of a query stands for one that is replaced.
  ///
  /// `edits`: Edits that the word's length allows.
  func accepts(_ word: [UInt8], for root: [UInt8], edits: Int) -> Bool {
    if word == root || acceptsPrefixes && root.starts(with: word) { return true }
    let allowed = min(typos, edits)
    return allowed > 0 && abs(word.count - root.count) <= 4 * allowed
      && Self.distance(word, root) <= allowed
  }

  /// Scalars to insert, delete, replace or exchange with a neighbour (optimal string alignment).
  static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    let (a, b) = (scalars(a), scalars(b))
    var rows = [Array(0...b.count)]
    for (i, x) in a.enumerated() {
      var row = [i + 1]
      for (j, y) in b.enumerated() {
        var edits = min(rows[i][j + 1], row[j]) + 1
        edits = min(edits, rows[i][j] + (x == y ? 0 : 1))
        if i > 0, j > 0, x == b[j - 1], a[i - 1] == y { edits = min(edits, rows[i - 1][j - 1] + 1) }
        row.append(edits)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }

  private static func scalars(_ bytes: [UInt8]) -> [Unicode.Scalar] {
    Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
  }
}

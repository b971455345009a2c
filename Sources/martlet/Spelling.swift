// SPDX-License-Identifier: Apache-2.0

/// Finds what was meant by a misspelt verb or option.
enum Spelling {
  /// " Did you mean X?" for the known word that begins so or is fewest edits away, two at most; "" if
  /// there is none.
  ///
  /// `prefix`: What stands before the word where it is typed.
  static func hint(_ word: String, among known: [String], prefix: String = "") -> String {
    let typed = Array(word)
    let begun = word.count >= 3 ? known.filter { $0.hasPrefix(word) }.min() : nil
    let near = known.map { ($0, distance(typed, Array($0))) }
      .filter { $0.1 <= min(2, typed.count / 2) }
      .min { ($0.1, $0.0) < ($1.1, $1.0) }
    guard let meant = begun ?? near?.0 else { return "" }
    return " Did you mean \(prefix)\(meant)?"
  }

  /// Letters to insert, remove, replace or swap with their neighbour (optimal string alignment).
  private static func distance(_ a: [Character], _ b: [Character]) -> Int {
    var rows = [Array(0...b.count)]
    for i in 0..<a.count {
      var row = [i + 1]
      for j in 0..<b.count {
        var least = min(row[j], rows[i][j + 1]) + 1
        least = min(least, rows[i][j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          least = min(least, rows[i - 1][j - 1] + 1)
        }
        row.append(least)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}

// SPDX-License-Identifier: Apache-2.0

extension SynonymTable {
  /// The ways to say a query with one word or phrase replaced by a synonym.
  ///
  /// - Parameters:
  ///   - terms: The query's folded terms.
  ///   - limit: The most readings.
  /// - Returns: The terms of each reading, the query itself not among them.
  public func readings(of terms: [String], limit: Int) -> [[String]] {
    replacements(in: terms.map { Array($0.utf8) }).prefix(limit).map { replacement in
      let phrase = replacement.phrase.map { String(decoding: $0, as: UTF8.self) }
      return terms[..<replacement.words.lowerBound] + phrase
        + terms[replacement.words.upperBound...]
    }
  }
}

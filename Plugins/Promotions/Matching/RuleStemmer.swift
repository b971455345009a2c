// SPDX-License-Identifier: Apache-2.0

/// Gives words their stems, for rules with `stem`.
public struct RuleStemmer: Sendable {
  /// Roots by word, by name of the stemming dictionary.
  private let dictionaries: [String: [String: String]]

  /// Creates a stemmer.
  ///
  /// `dictionaries`: Roots by word, both folded, by name of the stemming dictionary.
  public init(dictionaries: [String: [String: String]] = [:]) { self.dictionaries = dictionaries }

  /// The stem of a folded term: its root in the dictionary, else the term without an English plural
  /// ending.
  ///
  /// The endings are those of the S-stemmer (Harman, "How Effective Is Suffixing?", JASIS 42(1),
  /// 1991), which never joins words of different meaning as stronger stemmers do.
  public func stem(_ term: String, dictionary: String?) -> String {
    if let dictionary, let root = dictionaries[dictionary]?[term] { return root }
    func ends(_ suffix: String, unlessAfter letters: String) -> Bool {
      guard term.hasSuffix(suffix), let before = term.dropLast(suffix.count).last else {
        return false
      }
      return !letters.contains(before)
    }
    if ends("ies", unlessAfter: "ea") { return term.dropLast(3) + "y" }
    if ends("es", unlessAfter: "aeo") { return String(term.dropLast()) }
    if ends("s", unlessAfter: "us") { return String(term.dropLast()) }
    return term
  }
}

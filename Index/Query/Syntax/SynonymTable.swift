// SPDX-License-Identifier: Apache-2.0

/// Words that stand for others in queries.
public struct Synonym: Equatable, Sendable {
  /// The word or phrase that is replaced; nil if all of ``words`` stand for each other.
  public var root: String?
  /// What may stand for it: words or phrases.
  public var words: [String]

  /// Creates a synonym.
  public init(root: String? = nil, words: [String]) {
    self.root = root
    self.words = words
  }
}

/// Synonyms, folded as the index folds text, found by the first word of what they replace.
///
/// Make one whenever the synonyms change and share it among searches.
public final class SynonymTable: Sendable {
  /// A part of a query and a phrase that may stand for it.
  struct Replacement {
    /// The query's words that are replaced.
    var words: Range<Int>
    var phrase: [[UInt8]]
  }

  private struct Rule {
    var root: [[UInt8]]
    var phrases: [[[UInt8]]]
  }

  private let rules: [[UInt8]: [Rule]]

  /// Makes a table.
  ///
  /// - Throws: ``IndexError`` if ICU's data is missing.
  public init(_ synonyms: [Synonym]) throws {
    rules = try AnalyzerPool.withAnalyzer { analyzer in
      let tokens = TokenBuffer()
      func fold(_ text: String) -> [[UInt8]] {
        analyzer.analyze(text, into: tokens)
        return tokens.terms
      }
      var rules: [[UInt8]: [Rule]] = [:]
      for synonym in synonyms {
        let phrases = synonym.words.map(fold).filter { !$0.isEmpty }
        for root in synonym.root.map({ [fold($0)] }) ?? phrases {
          guard let first = root.first else { continue }
          rules[first, default: []].append(
            Rule(root: root, phrases: phrases.filter { $0 != root })
          )
        }
      }
      return rules
    }
  }

  /// Replacements of one query at most.
  private static let mostReplacements = 100

  /// What may stand for parts of a query.
  ///
  /// `edits`: Edits that a word's length allows.
  func replacements(
    in words: [[UInt8]],
    _ matching: SynonymMatching,
    edits: ([UInt8]) -> Int
  ) -> [Replacement] {
    guard !matching.isExact else { return replacements(in: words) }
    let allowed = words.map(edits)
    func accepts(_ place: Int, _ root: [UInt8]) -> Bool {
      matching.accepts(words[place], for: root, edits: allowed[place])
    }
    let found = words.indices.lazy.flatMap { start in
      self.rules.lazy.filter { accepts(start, $0.key) }.flatMap(\.value)
        .filter { rule in
          start + rule.root.count <= words.count
            && rule.root.indices.dropFirst().allSatisfy { accepts(start + $0, rule.root[$0]) }
        }
        .flatMap { rule in
          rule.phrases.map {
            Replacement(words: start..<(start + rule.root.count), phrase: $0)
          }
        }
    }
    return Array(found.prefix(Self.mostReplacements))
  }

  /// What may stand for parts of a query.
  func replacements(in words: [[UInt8]]) -> [Replacement] {
    words.indices.flatMap { start in
      (rules[words[start]] ?? []).flatMap { rule -> [Replacement] in
        guard words[start...].starts(with: rule.root) else { return [] }
        let span = start..<(start + rule.root.count)
        return rule.phrases.map { Replacement(words: span, phrase: $0) }
      }
    }
  }
}

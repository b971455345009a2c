// SPDX-License-Identifier: Apache-2.0

public import Behaviour
public import SearchIndex

/// Puts what completes a typed text in order.
///
/// Completions come by score, those that start with what was typed first. Of a known shopper's, those
/// are ordered by the chance that this shopper sends them now, beside what only this shopper is
/// likely to send; see ``QueryOutlook``.
public struct SuggestionRanker {
  /// Slips are looked for twice in texts of this many characters, else once; as in searches.
  private static let longText = 8
  /// The shopper's own queries in an empty box, which leaves room for what is new.
  private static let mostRecent = 3
  /// Characters of a text that are looked at.
  private static let longestText = 200

  /// What to look in.
  public var completions: CompletionSnapshot
  /// What is known of the shopper; nil if nothing is.
  public var outlook: QueryOutlook?

  /// Creates a ranker.
  public init(_ completions: CompletionSnapshot, _ outlook: QueryOutlook?) {
    (self.completions, self.outlook) = (completions, outlook)
  }

  /// Suggestions for what has been typed, best first; counts of results that are not known are 0.
  ///
  /// - Parameters:
  ///   - query: The text.
  ///   - limit: Suggestions wanted of each source; there may be more in all.
  ///   - searcher: Looks completions up.
  /// - Returns: The suggestions, those that start with what was typed first.
  /// - Throws: `BehaviourError` if what is stored is damaged.
  public func suggestions(
    _ query: String,
    limit: Int,
    _ searcher: CompletionSearcher
  ) throws -> [Suggestion] {
    let typed = String(query.prefix(Self.longestText))
    let isEmpty = typed.allSatisfy(\.isWhitespace)
    var options = CompletionOptions()
    options.maximumTypos = typed.count >= Self.longText ? 2 : 1
    // Those that are likely for this shopper may stand further down.
    let wanted = outlook == nil ? limit : min(3 * limit, 200)
    let matches = searcher.suggest(typed, in: completions, limit: wanted, options: options)
    guard let outlook else { return matches.map { Suggestion($0, isEmpty: isEmpty) } }
    var own: [String: Bool] = [:]
    var ranked: [(suggestion: Suggestion, chance: Float)] = []
    var others: [Suggestion] = []
    var normal = Event.normalize(query: typed)
    // A space behind a word says that the word is whole.
    if !normal.isEmpty, typed.last?.isWhitespace == true { normal += " " }
    for candidate in outlook.candidates
    where candidate.query.hasPrefix(normal) && candidate.query != normal {
      own[candidate.query] = candidate.isOwn
    }
    for match in matches {
      var suggestion = Suggestion(match, isEmpty: isEmpty)
      guard isEmpty || match.match == .prefix else {
        others.append(suggestion)
        continue
      }
      var chance: Float = 0
      if match.entry.kind == .query {
        let text = Event.normalize(query: match.entry.text)
        chance = try outlook.chance(of: text)
        if let isOwn = own.removeValue(forKey: text) { suggestion.kind = isOwn ? "recent" : "next" }
      }
      if chance == 0 {
        chance = outlook.chance(searches: match.entry.score / Suggester.Weight.query)
      }
      ranked.append((suggestion, chance))
    }
    // In the outlook's order, so that equal chances do not change places.
    for candidate in outlook.candidates where own[candidate.query] != nil {
      let chance = try outlook.chance(of: candidate.query)
      ranked.append((Suggestion(candidate, typed: normal, chance), chance))
    }
    ranked = ranked.enumerated().sorted {
      ($0.element.chance, $1.offset) > ($1.element.chance, $0.offset)
    }.map(\.element)
    if isEmpty {
      var recent = 0
      ranked.removeAll { suggestion, _ in
        guard suggestion.kind == "recent" else { return false }
        recent += 1
        return recent > Self.mostRecent
      }
    }
    return ranked.map(\.suggestion) + others
  }
}

extension Suggestion {
  /// What is shown of a completion.
  fileprivate init(_ match: Completion, isEmpty: Bool) {
    text = match.entry.text
    highlighted = isEmpty ? match.entry.text : Self.marked(match)
    kind = isEmpty && match.entry.kind == .query ? "trending" : match.entry.kind.name
    score = Double(match.entry.score)
    count = Int(match.entry.count)
    category = match.entry.category
  }

  fileprivate init(_ candidate: QueryOutlook.Candidate, typed: String, _ chance: Float) {
    text = candidate.query
    let rest = candidate.query.dropFirst(typed.count)
    highlighted = typed.isEmpty ? text : "<mark>\(typed)</mark>\(rest)"
    kind = candidate.isOwn ? "recent" : "next"
    score = Double(chance)
    count = 0
  }

  private static func marked(_ match: Completion) -> String {
    var text = match.entry.text
    return text.withUTF8 { bytes in
      var marked: [UInt8] = []
      marked.reserveCapacity(bytes.count + 13 * match.highlights.count)
      var position = 0
      for range in match.highlights
      where range.lowerBound >= position && range.upperBound <= bytes.count {
        marked.append(contentsOf: bytes[position..<range.lowerBound])
        marked.append(contentsOf: "<mark>".utf8)
        marked.append(contentsOf: bytes[range])
        marked.append(contentsOf: "</mark>".utf8)
        position = range.upperBound
      }
      marked.append(contentsOf: bytes[position...])
      return String(decoding: marked, as: UTF8.self)
    }
  }
}

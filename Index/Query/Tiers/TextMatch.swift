// SPDX-License-Identifier: Apache-2.0
//
// A text match in tiers: whole numbers in which each property of a match counts more than all that
// follow it, so that documents that match alike have the same number, and what comes next in the order
// (a default sorting field, say) decides among them. The properties and their order are those that the
// wire format documents.
//
//   field    words:6  closeness:8  nearness:7  isWhole:1  earliness:8                  30 bits
//   match    isDirect:1  words:6  then by type                                         48 bits
//            maxScore   best field:30  its weight:7  fields:4
//            maxWeight  greatest weight:7  that field:30  fields:4
//            sumScore   sum of weight times field, at most 2^41 - 1
//
// 48 bits are exact as a double, which is what orders compare.

/// What makes up a text match in tiers.
public struct TierOptions: Equatable, Sendable {
  /// How the fields' matches make the document's.
  public enum Kind: String, Sendable {
    /// That of the field that matches best; its weight decides among equals.
    case maxScore = "max_score"
    /// That of the matching field of the greatest weight.
    case maxWeight = "max_weight"
    /// The sum over fields of weight times match.
    case sumScore = "sum_score"
  }

  /// How the fields' matches make the document's.
  public var kind = Kind.maxScore
  /// Whether a field, or a value of an array, that is the query and nothing else comes first among those
  /// that match as well.
  public var prefersWhole = true
  /// Whether the place of the first word that matches counts.
  public var prefersEarly = false
  /// Whether the number of fields that match counts.
  public var countsFields = true

  /// Creates the options that the wire format has by default.
  public init() {}
}

/// How well a document's text matches a query.
public struct TextMatch: Equatable, Sendable {
  /// The match in tiers, or millionths of BM25F.
  public var score: Int64 = 0
  /// Whether ``score`` is in tiers.
  public var isTiered = false
  /// Words of the query that it holds.
  public var words = 0
  /// Words of the query that it lacks.
  public var missingWords = 0
  /// Searched fields with any of the words, in a form no further from the query's than other fields
  /// have it.
  public var fields = 0
  /// The match of the field that matches best, in tiers; without where its words stand if ``score`` is
  /// BM25F.
  public var bestField: Int64 = 0
  /// The weight of that field, 0...127.
  public var bestWeight = 0
  /// How far that field's words are from the query's, see ``WordMatch``: 0 if they are the same.
  public var cost = 0

  /// Creates the match of a document that holds none of the words.
  public init() {}
}

/// How a query matches one field of a document.
struct FieldMatch {
  /// The most gaps between words that count.
  static let farthest = 100

  /// Words of the query in the field, 1...32.
  var words: Int
  /// The sum of their costs.
  var cost: Int
  /// The sum of the gaps between neighbours among them, ``farthest`` at most.
  var gaps = 0
  /// Whether the field, or a value of it, is the query and nothing else.
  var isWhole = false
  /// The position of the first of them; nil where it does not count.
  var first: Int?

  /// The match as a number: 30 bits.
  var score: Int64 {
    var score = Int64(min(words, 63))
    score = score << 8 | Int64(255 - min(cost, 255))
    score = score << 7 | Int64(Self.farthest - min(gaps, Self.farthest))
    score = score << 1 | (isWhole ? 1 : 0)
    return score << 8 | Int64(first.map { 255 - min($0, 255) } ?? 0)
  }
}

extension TierOptions {
  /// The document's match from its fields'.
  ///
  /// `fields`: Score, weight and cost of each field that matches, one or more.
  func combine(
    _ fields: some Sequence<(score: Int64, weight: Int, cost: Int)>,
    words: Int,
    of wordCount: Int,
    isDirect: Bool
  ) -> TextMatch {
    var match = TextMatch()
    match.isTiered = true
    (match.words, match.missingWords) = (words, wordCount - words)
    var sum: Int64 = 0
    var heaviest: (weight: Int, score: Int64) = (-1, 0)
    for field in fields {
      match.fields += 1
      sum += Int64(field.weight) * field.score
      if (field.score, field.weight) > (match.bestField, match.bestWeight) {
        (match.bestField, match.bestWeight, match.cost) = (field.score, field.weight, field.cost)
      }
      if (field.weight, field.score) > heaviest { heaviest = (field.weight, field.score) }
    }
    let count = Int64(countsFields ? min(match.fields, 15) : 0)
    let body =
      switch kind {
      case .maxScore: (match.bestField << 7 | Int64(match.bestWeight)) << 4 | count
      case .maxWeight: (Int64(max(0, heaviest.weight)) << 30 | heaviest.score) << 4 | count
      case .sumScore: min(sum, 1 << 41 - 1)
      }
    match.score = ((isDirect ? 64 : 0) + Int64(min(words, 63))) << 41 | body
    return match
  }
}

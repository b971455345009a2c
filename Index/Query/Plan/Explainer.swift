// SPDX-License-Identifier: Apache-2.0

/// Takes a document's recall score apart, by word of the query and field.
struct Explainer {
  let snapshot: Snapshot
  let matches: Matches

  /// What each word that the document holds adds to its score.
  func explain(_ document: ScoredDocument) -> [SearchResult.TermScore] {
    let part = Int(document.segment)
    let segment = snapshot.parts[part].segment
    return matches.words.enumerated().compactMap { index, word in
      var best: SearchResult.TermScore?
      for alternative in word[part].group.alternatives {
        var fields: [(name: String, share: Float)] = []
        var total: Float = 0
        for (list, weight) in alternative.lists {
          let frequency = list.positions(in: document.document).count
          guard frequency > 0 else { continue }
          let occurrence = FieldLengths.occurrence(
            segment.lengths[list.field][Int(document.document)],
            average: snapshot.averageLengths[list.field],
            weight: weight
          )
          let x = Float(frequency) * occurrence
          fields.append((snapshot.schema.textFields[list.field].name, x))
          total += x
        }
        let score = alternative.scale * total / (FieldLengths.k1 + total)
        guard total > 0, score > best?.score ?? 0 else { continue }
        best = SearchResult.TermScore(
          word: matches.queryWords[index],
          term: String(decoding: alternative.term, as: UTF8.self),
          score: score,
          fields: fields.map { ($0.name, score * $0.share / total) }
        )
      }
      return best
    }
  }
}

extension Snapshot {
  /// The query of a recall with its unfinished word as a document has it: `sho` as `shoe`.
  public func expansion(of recall: Recall, by document: ScoredDocument?) -> String {
    let words = recall.matches.queryWords
    guard let last = words.last, recall.matches.prefix != nil, let document else {
      return words.joined(separator: " ")
    }
    let terms = Explainer(snapshot: self, matches: recall.matches).explain(document)
    let term = terms.last { $0.word == last && $0.term.hasPrefix(last) }?.term
    return (words.dropLast() + [term ?? last]).joined(separator: " ")
  }
}

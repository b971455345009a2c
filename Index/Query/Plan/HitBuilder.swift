// SPDX-License-Identifier: Apache-2.0

import JSON

/// Loads and highlights the documents of one page.
struct HitBuilder {
  let snapshot: Snapshot
  let recall: Recall
  let analyzer: Analyzer

  private var request: SearchRequest { recall.request }

  /// Hits for documents in the order shown.
  func hits(
    _ shown: some Sequence<(document: ScoredDocument, isPinned: Bool)>
  ) throws -> [SearchResult.Hit] {
    let highlighter = request.highlights ? makeHighlighter() : nil
    let explainer = Explainer(snapshot: snapshot, matches: recall.matches)
    return try shown.map { document, isPinned in
      let segment = snapshot.parts[Int(document.segment)].segment
      let number = Int(document.document)
      let source = try JSON(parsing: segment.document(number))
      var highlights: [SearchResult.Highlight] = []
      if let highlighter {
        for field in highlightedFields {
          if let found = highlighter.highlight(
            source[field],
            field: field,
            isFull: request.highlightFullFields.contains(field)
          ) {
            highlights.append(found)
          }
        }
      }
      return SearchResult.Hit(
        id: segment.identifiers.id(number),
        place: document,
        document: chosenFields(source),
        score: document.score,
        matchedWords: recall.matches.words.filter {
          $0[Int(document.segment)].documents.contains(number)
        }.count,
        highlights: highlights,
        distances: distances(segment, number),
        sortValues: sortValues(segment, document),
        isPinned: isPinned,
        explanation: request.explains ? explainer.explain(document) : []
      )
    }
  }

  private var highlightedFields: [String] {
    if !request.highlightFields.isEmpty { return request.highlightFields }
    let searched = request.fields.map(\.name)
    return searched.isEmpty ? snapshot.schema.textFields.map(\.name) : searched
  }

  private func makeHighlighter() -> Highlighter? {
    let matches = recall.matches
    guard !matches.candidates.isEmpty else { return nil }
    return Highlighter(
      analyzer: analyzer,
      terms: Set(matches.candidates.flatMap { $0.map(\.term) }),
      prefix: matches.prefix,
      tags: request.highlightTags,
      context: request.highlightContext,
      threshold: request.snippetThreshold
    )
  }

  private func chosenFields(_ source: JSON) -> JSON {
    FieldSelection(include: request.includeFields, exclude: request.excludeFields)
      .apply(to: source)
  }

  private func sortValues(_ segment: Segment, _ document: ScoredDocument) -> [JSON] {
    recall.order.keys.map { key in
      switch key.value {
      case .score: .double(Double(document.score))
      case .column(let index, _): segment.columns[index].value(Int(document.document)).first
      case .distance(_, let field, _, _):
        distances(segment, Int(document.document)).first { $0.field == field }
          .map { .int(Int64($0.meters)) } ?? .null
      case .filters, .random, .nearness, .groupSize: .null
      }
    }
  }

  private func distances(
    _ segment: Segment,
    _ number: Int
  ) -> [(field: String, meters: Int)] {
    recall.order.keys.compactMap { key in
      guard case .distance(let index, let field, let place, _) = key.value else { return nil }
      let column = segment.columns[index]
      let nearest = column.range(number).map { Geo.distance(column.place($0), place) }.min()
      return nearest.map { (field, Int($0)) }
    }
  }
}

extension ColumnValue {
  /// The first value, or null.
  fileprivate var first: JSON {
    switch self {
    case .integers(let values): values.first.map { .int($0) } ?? .null
    case .numbers(let values): values.first.map { .double($0) } ?? .null
    case .strings(let values): values.first.map { .string($0.lowercased()) } ?? .null
    case .places: .null
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import JSON

/// What reading a page's documents needs, kept from page to page.
private final class PageTools {
  static let idle = ReusePool<PageTools>(limit: 16)

  let parser: JSONParser
  let tokens = TokenBuffer()

  init() throws { parser = try JSONParser() }
}

/// Loads and highlights the documents of one page.
struct HitBuilder {
  /// What is done with each document's text.
  private struct Reading {
    var highlighter: Highlighter?
    /// The highlighted fields, their names' bytes, and those of the names on the way to them.
    var fields: [(name: String, key: [UInt8], path: [[UInt8]])] = []
    /// The members that are returned.
    var selection: FieldSelection
  }

  let snapshot: Snapshot
  let recall: Recall
  let analyzer: Analyzer

  private var request: SearchRequest { recall.request }

  /// Hits for documents in the order shown.
  func hits(
    _ shown: some Sequence<(document: ScoredDocument, isPinned: Bool)>
  ) throws -> [SearchResult.Hit] {
    let explainer = Explainer(snapshot: snapshot, matches: recall.matches)
    return try PageTools.idle.withValue(PageTools.init) { tools in
      let reading = makeReading(tools.tokens)
      let matches = textMatches(shown.map(\.document))
      return try zip(shown, matches).map { shown, match in
        let (document, isPinned) = shown
        let segment = snapshot.parts[Int(document.segment)].segment
        let number = Int(document.document)
        let (text, highlights) = try read(segment.document(number), reading, tools.parser)
        return SearchResult.Hit(
          id: segment.identifiers.id(number),
          place: document,
          document: text,
          score: document.score,
          textMatch: match,
          highlights: highlights,
          distances: distances(segment, number),
          sortValues: sortValues(segment, document, match),
          isPinned: isPinned,
          explanation: request.explains ? explainer.explain(document) : []
        )
      }
    }
  }

  /// A document's text with the fields asked for, and its highlights.
  private func read(
    _ text: [UInt8],
    _ reading: Reading,
    _ parser: JSONParser
  ) throws -> (text: [UInt8], highlights: [SearchResult.Highlight]) {
    let selection = reading.selection
    guard !selection.isWhole || reading.highlighter != nil else { return (text, []) }
    return try text.withUnsafeBufferPointer { bytes in
      try parser.parse(bytes) { document in
        var highlights: [SearchResult.Highlight] = []
        if let highlighter = reading.highlighter {
          for (name, key, path) in reading.fields {
            let isFull = request.highlightFullFields.contains(name)
            var found: SearchResult.Highlight?
            if let value = document[key] {
              found = highlighter.highlight(value, field: name, isFull: isFull)
            } else if path.count > 1 {
              found = highlighter.highlight(in: document, path, field: name, isFull: isFull)
            }
            if let found { highlights.append(found) }
          }
        }
        guard !selection.isWhole else { return (text, highlights) }
        return (selection.apply(to: document.tree).serialized(), highlights)
      }
    }
  }

  private func makeReading(_ tokens: TokenBuffer) -> Reading {
    var reading = Reading(
      selection: FieldSelection(include: request.includeFields, exclude: request.excludeFields)
    )
    let matches = recall.matches
    guard request.highlights, !matches.candidates.isEmpty else { return reading }
    reading.highlighter = Highlighter(
      analyzer: analyzer,
      terms: HighlightTerms(
        matches.candidates.joined().map(\.term),
        prefix: matches.prefix
      ),
      tokens: tokens,
      tags: (Array(request.highlightTags.0.utf8), Array(request.highlightTags.1.utf8)),
      context: request.highlightContext,
      threshold: request.snippetThreshold
    )
    for name in highlightedFields where !reading.fields.contains(where: { $0.name == name }) {
      reading.fields.append(
        (name, Array(name.utf8), name.split(separator: ".").map { Array($0.utf8) })
      )
    }
    return reading
  }

  private var highlightedFields: [String] {
    if !request.highlightFields.isEmpty { return request.highlightFields }
    let searched = request.fields.map(\.name)
    return searched.isEmpty ? snapshot.schema.textFields.map(\.name) : searched
  }

  /// How well each of some documents matches by text.
  private func textMatches(_ documents: [ScoredDocument]) -> [TextMatch] {
    var matches = [TextMatch](repeating: TextMatch(), count: documents.count)
    guard !recall.matches.words.isEmpty else { return matches }
    for part in Set(documents.map(\.segment)) {
      let here = documents.indices.filter { documents[$0].segment == part }
        .sorted { documents[$0].document < documents[$1].document }
      var wanted = Bitset(count: snapshot.parts[Int(part)].segment.documentCount)
      for index in here { wanted.insert(Int(documents[index].document)) }
      let scorer = TierScorer(
        snapshot,
        recall.matches,
        part: Int(part),
        documents: wanted,
        options: recall.order.tiers ?? TierOptions(),
        demotesSynonyms: request.demotesSynonyms
      )
      for index in here {
        let number = Int(documents[index].document)
        guard recall.order.tiers == nil else {
          matches[index] = scorer.match(number)
          continue
        }
        // Where words stand has no part in BM25F, which is told as a whole number, as clients expect.
        matches[index] = scorer.bound(number)
        matches[index].isTiered = false
        matches[index].score = Int64(Double(documents[index].score) * 1_000_000)
      }
    }
    return matches
  }

  private func sortValues(
    _ segment: Segment,
    _ document: ScoredDocument,
    _ match: TextMatch
  ) -> [JSON] {
    recall.order.keys.map { key in
      switch key.value {
      case .score: .int(match.score)
      case .column(let index, _): segment.columns[index].value(Int(document.document)).first
      case .distance(_, let field, _, _):
        distances(segment, Int(document.document)).first { $0.field == field }
          .map { .int(Int64($0.meters)) } ?? .null
      case .filters, .random, .nearness, .groupSize, .directness: .null
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

// SPDX-License-Identifier: Apache-2.0

import Foundation
public import JSON
import Promotions
import Ranking
import SearchIndex
public import SearchService

/// Search results in the wire format.
public enum ResultJSON {
  /// One search's answer.
  public static func json(_ answer: Answer) -> JSON {
    let (result, search) = (answer.result, answer.parameters)
    var members: [JSON.Member] = [
      JSON.Member("facet_counts", facets(answer)), JSON.Member("found", .int(Int64(result.found))),
    ]
    if let groups = result.groups {
      members.append(JSON.Member("found_docs", .int(Int64(result.foundDocuments))))
      members.append(JSON.Member("grouped_hits", .array(groups.map { group($0, search) })))
    } else {
      let hits = result.hits.enumerated().map { place, found -> JSON in
        .object(hit(found, search) + explanation(found, place, answer))
      }
      members.append(JSON.Member("hits", .array(hits)))
    }
    if let id = answer.queryID { members.append(JSON.Member("query_id", .string(id))) }
    if let metadata = answer.metadata { members.append(JSON.Member("metadata", metadata)) }
    if let ranking = answer.ranking { members.append(JSON.Member("ranking", ranking.json)) }
    if !answer.curationNotes.isEmpty {
      members.append(JSON.Member("curation", .array(answer.curationNotes.map(\.json))))
    }
    members += [
      JSON.Member("out_of", .int(Int64(result.outOf))),
      JSON.Member("page", .int(Int64(search.page))),
      JSON.Member("request_params", parameters(answer)),
      JSON.Member("search_cutoff", .bool(result.isCutOff)),
      JSON.Member("search_time_ms", .int(Int64(result.microseconds / 1000))),
    ]
    return .object(members)
  }

  /// The answer to several searches as one.
  public static func json(_ union: UnionAnswer) -> JSON {
    let hits = union.hits.map { entry -> JSON in
      let answer = union.answers[entry.search]
      return .object(
        hit(entry.hit, answer.parameters) + [
          JSON.Member("collection", .string(answer.collection)),
          JSON.Member("search_index", .int(Int64(entry.search))),
        ]
      )
    }
    return [
      "facet_counts": .array(union.answers.flatMap { facets($0).array ?? [] }),
      "found": .int(Int64(union.found)), "hits": .array(hits),
      "out_of": .int(Int64(union.outOf)), "page": .int(Int64(union.page)),
      "search_cutoff": .bool(union.answers.contains { $0.result.isCutOff }),
      "search_time_ms": .int(
        Int64(union.answers.reduce(0) { $0 + $1.result.microseconds } / 1000)
      ),
      "union_request_params": .array(union.answers.map(parameters)),
    ]
  }

  private static func parameters(_ answer: Answer) -> JSON {
    [
      "collection_name": .string(answer.collection),
      "first_q": .string(answer.parameters.query),
      "per_page": .int(Int64(answer.parameters.perPage)), "q": .string(answer.parameters.query),
    ]
  }

  private static func facets(_ answer: Answer) -> JSON {
    let request = answer.parameters.request
    return .array(
      answer.result.facets.map { facet in
        let query = request.facetQuery.flatMap { $0.field == facet.field ? $0.prefix : nil }
        return self.facet(facet, marked: query ?? "", request.highlightTags)
      }
    )
  }

  private static func group(_ group: SearchResult.Group, _ search: SearchParameters) -> JSON {
    [
      "found": .int(Int64(group.found)), "group_key": .array(group.key),
      "hits": .array(group.hits.map { .object(hit($0, search)) }),
    ]
  }

  private static func hit(
    _ hit: SearchResult.Hit,
    _ search: SearchParameters
  ) -> [JSON.Member] {
    var members = [
      JSON.Member("document", hit.document),
      JSON.Member("highlight", highlight(hit.highlights)),
    ]
    if search.hasOldHighlights {
      members.append(JSON.Member("highlights", .array(hit.highlights.map(oldHighlight))))
    }
    if hit.isPinned { members.insert(JSON.Member("curated", true), at: 0) }
    if !hit.distances.isEmpty {
      members.append(
        JSON.Member(
          "geo_distance_meters",
          .object(hit.distances.map { JSON.Member($0.field, .int(Int64($0.meters))) })
        )
      )
    }
    // Scores as the whole numbers that clients expect, in millionths.
    let score = Int64(Double(hit.score) * 1_000_000)
    members += [
      JSON.Member("text_match", .int(score)),
      JSON.Member(
        "text_match_info",
        [
          "best_field_score": .string(String(score)), "best_field_weight": 0,
          "fields_matched": .int(Int64(hit.highlights.count)), "num_tokens_dropped": 0,
          "score": .string(String(score)), "tokens_matched": .int(Int64(hit.matchedWords)),
          "typo_prefix_score": 0,
        ]
      ),
    ]
    return members
  }

  /// What made the hit stand where it does, if asked.
  private static func explanation(
    _ hit: SearchResult.Hit,
    _ place: Int,
    _ answer: Answer
  ) -> [JSON.Member] {
    guard answer.parameters.request.explains else { return [] }
    let terms = hit.explanation.map { term -> JSON in
      [
        "word": .string(term.word), "term": .string(term.term),
        "score": .double(Double(term.score)),
        "fields": .object(
          term.fields.map { JSON.Member($0.name, .double(Double($0.score))) }
        ),
      ]
    }
    let stages = (place < answer.stages.count ? answer.stages[place] : []).map(stage)
    let before = place < answer.placesBefore.count ? answer.placesBefore[place] : nil
    let rank = answer.parameters.request.offset + place + 1
    return [
      JSON.Member(
        "explain",
        [
          "recall": ["score": .double(Double(hit.score)), "terms": .array(terms)],
          "stages": .array(stages), "rank_before": before.map { .int(Int64($0)) } ?? .null,
          "rank_after": .int(Int64(rank)), "curated": .bool(hit.isPinned),
        ]
      )
    ]
  }

  private static func stage(_ stage: StageExplanation) -> JSON {
    var members: [JSON.Member] = [
      JSON.Member("plugin", .string(stage.plugin)), JSON.Member("score", .double(stage.score)),
      JSON.Member("rank", .int(Int64(stage.rank))),
      JSON.Member("reason", stage.reason.map { .string($0) } ?? .null),
      JSON.Member("pin", stage.pin.map { .int(Int64($0)) } ?? .null),
    ]
    if let attribution = stage.attribution {
      let features = attribution.features.sorted { abs($0.value) > abs($1.value) }
      members.append(
        JSON.Member(
          "attribution",
          [
            "baseline": .double(attribution.baseline),
            "samples": .int(Int64(attribution.samples)),
            "features": .array(
              features.map { ["name": .string($0.name), "value": .double($0.value)] }
            ),
          ]
        )
      )
    }
    return .object(members)
  }

  private static func strings(_ values: [String]) -> JSON { .array(values.map { .string($0) }) }

  /// The form that mirrors the document: field by field, nested objects nested.
  private static func highlight(_ highlights: [SearchResult.Highlight]) -> JSON {
    var root = JSON.object([])
    for highlight in highlights {
      let parts = highlight.snippets.indices.map { index -> JSON in
        var members = [
          JSON.Member("matched_tokens", strings(highlight.matched[index])),
          JSON.Member("snippet", .string(highlight.snippets[index])),
        ]
        if let values = highlight.values {
          members.append(JSON.Member("value", .string(values[index])))
        }
        return .object(members)
      }
      let value: JSON = highlight.indices == nil ? parts.first ?? .null : .array(parts)
      root = root.setting(highlight.field.split(separator: ".").map(String.init)[...], to: value)
    }
    return root
  }

  private static func oldHighlight(_ highlight: SearchResult.Highlight) -> JSON {
    var members = [JSON.Member("field", .string(highlight.field))]
    if let indices = highlight.indices {
      members += [
        JSON.Member("indices", .array(indices.map { .int(Int64($0)) })),
        JSON.Member("matched_tokens", .array(highlight.matched.map(strings))),
        JSON.Member("snippets", strings(highlight.snippets)),
      ]
      if let values = highlight.values { members.append(JSON.Member("values", strings(values))) }
    } else {
      members += [
        JSON.Member("matched_tokens", strings(highlight.matched.first ?? [])),
        JSON.Member("snippet", .string(highlight.snippets.first ?? "")),
      ]
      if let value = highlight.values?.first {
        members.append(JSON.Member("value", .string(value)))
      }
    }
    return .object(members)
  }

  private static func facet(
    _ facet: SearchResult.Facet,
    marked prefix: String,
    _ tags: (String, String)
  ) -> JSON {
    var stats = [JSON.Member("total_values", .int(Int64(facet.totalValues)))]
    if let numbers = facet.statistics {
      stats =
        [
          JSON.Member("avg", .double(numbers.average)), JSON.Member("max", .double(numbers.max)),
          JSON.Member("min", .double(numbers.min)), JSON.Member("sum", .double(numbers.sum)),
        ] + stats
    }
    let counts = facet.counts.map { value, count -> JSON in
      let parent = facet.parents[value].map { [JSON.Member("parent", $0)] } ?? []
      return .object(
        [
          JSON.Member("count", .int(Int64(count))),
          JSON.Member("highlighted", .string(mark(prefix, in: value, tags))),
        ] + parent + [JSON.Member("value", .string(value))]
      )
    }
    return [
      "counts": .array(counts), "field_name": .string(facet.field), "sampled": false,
      "stats": .object(stats),
    ]
  }
}

extension ResultJSON {
  /// A facet's value with the first word that starts with `prefix` marked as far as it does.
  private static func mark(
    _ prefix: String,
    in value: String,
    _ tags: (String, String)
  ) -> String {
    guard !prefix.isEmpty else { return value }
    var start = value.startIndex
    while start < value.endIndex {
      if let found = value.range(
        of: prefix,
        options: [.caseInsensitive, .anchored],
        range: start..<value.endIndex
      ) {
        return value[..<found.lowerBound] + tags.0 + value[found] + tags.1
          + value[found.upperBound...]
      }
      start = value[start...].firstIndex(of: " ").map { value.index(after: $0) } ?? value.endIndex
    }
    return value
  }
}

extension JSON {
  /// The object with a value set at a path of keys.
  fileprivate func setting(_ path: ArraySlice<String>, to value: JSON) -> JSON {
    guard let key = path.first else { return value }
    var members = object ?? []
    let inner = (self[key] ?? .object([])).setting(path.dropFirst(), to: value)
    members.removeAll { $0.key == key }
    members.append(Member(key, inner))
    return .object(members)
  }
}

// SPDX-License-Identifier: Apache-2.0

import JSON
import Promotions
import Ranking
import SearchIndex
public import SearchService

/// Search results in the wire format, written as bytes without a tree of values between: that tree took
/// a third of a search's time.
public enum ResultJSON {
  /// One search's answer.
  public static func bytes(_ answer: Answer) -> [UInt8] {
    var writer = JSONWriter(capacity: 16 << 10)
    write(answer, to: &writer)
    return writer.bytes
  }

  /// Writes one search's answer.
  static func write(_ answer: Answer, to writer: inout JSONWriter) {
    let (result, search) = (answer.result, answer.parameters)
    writer.append(#"{"facet_counts":["#)
    FacetJSON.write(answer, to: &writer)
    writer.append(#"],"found":"#)
    writer.write(result.found)
    if let groups = result.groups {
      writer.append(#","found_docs":"#)
      writer.write(result.foundDocuments)
      writer.append(#","grouped_hits":"#)
      writer.writeArray(groups) { writer, group in
        writer.append(#"{"found":"#)
        writer.write(group.found)
        writer.append(#","group_key":"#)
        writer.write(.array(group.key))
        writer.append(#","hits":"#)
        writer.writeArray(group.hits) { writer, found in
          HitJSON.open(found, search, to: &writer)
          writer.append("}")
        }
        writer.append("}")
      }
    } else {
      writer.append(#","hits":"#)
      writeHits(answer, to: &writer)
    }
    writeReports(answer, to: &writer)
    // Search keys hide these from shoppers.
    let hidden = search.request.excludeFields
    if !hidden.contains("out_of") {
      writer.append(#","out_of":"#)
      writer.write(result.outOf)
    }
    writer.append(#","page":"#)
    writer.write(search.page)
    writer.append(#","request_params":"#)
    writeParameters(answer, to: &writer)
    writer.append(#","search_cutoff":"#)
    writer.write(result.isCutOff)
    if !hidden.contains("search_time_ms") {
      writer.append(#","search_time_ms":"#)
      writer.write(result.microseconds / 1000)
    }
    writer.append("}")
  }

  /// Writes the array of one search's hits, which are not grouped.
  static func writeHits(_ answer: Answer, to writer: inout JSONWriter) {
    writer.writeArray(answer.result.hits.enumerated()) { writer, entry in
      HitJSON.open(entry.element, answer.parameters, to: &writer)
      if answer.parameters.request.explains {
        writer.append(#","explain":"#)
        writer.write(explanation(entry.element, entry.offset, answer))
      }
      writer.append("}")
    }
  }

  /// Writes what ranking and rules have to say, where they have.
  private static func writeReports(_ answer: Answer, to writer: inout JSONWriter) {
    if let id = answer.queryID {
      writer.append(#","query_id":"#)
      writer.write(id)
    }
    if let metadata = answer.metadata {
      writer.append(#","metadata":"#)
      writer.write(metadata)
    }
    if let ranking = answer.ranking {
      writer.append(#","ranking":"#)
      writer.write(ranking.json)
    }
    if !answer.curationNotes.isEmpty {
      writer.append(#","curation":"#)
      writer.write(.array(answer.curationNotes.map(\.json)))
    }
  }

  private static func writeParameters(_ answer: Answer, to writer: inout JSONWriter) {
    writer.append(#"{"collection_name":"#)
    writer.write(answer.collection)
    writer.append(#","first_q":"#)
    writer.write(answer.parameters.query)
    writer.append(#","per_page":"#)
    writer.write(answer.parameters.perPage)
    // Rules may have asked for something else.
    writer.append(#","q":"#)
    writer.write(answer.parameters.request.query)
    writer.append("}")
  }

  /// The answer to several searches as one.
  public static func bytes(_ union: UnionAnswer) -> [UInt8] {
    var writer = JSONWriter(capacity: 16 << 10)
    writer.append(#"{"facet_counts":["#)
    for answer in union.answers where !answer.result.facets.isEmpty {
      if writer.bytes.last != UInt8(ascii: "[") { writer.append(",") }
      FacetJSON.write(answer, to: &writer)
    }
    writer.append(#"],"found":"#)
    writer.write(union.found)
    writer.append(#","hits":"#)
    writer.writeArray(union.hits) { writer, entry in
      let answer = union.answers[entry.search]
      HitJSON.open(entry.hit, answer.parameters, to: &writer)
      writer.append(#","collection":"#)
      writer.write(answer.collection)
      writer.append(#","search_index":"#)
      writer.write(entry.search)
      writer.append("}")
    }
    writer.append(#","out_of":"#)
    writer.write(union.outOf)
    writer.append(#","page":"#)
    writer.write(union.page)
    writer.append(#","search_cutoff":"#)
    writer.write(union.answers.contains { $0.result.isCutOff })
    writer.append(#","search_time_ms":"#)
    writer.write(union.answers.reduce(0) { $0 + $1.result.microseconds } / 1000)
    writer.append(#","union_request_params":"#)
    writer.writeArray(union.answers) { writer, answer in writeParameters(answer, to: &writer) }
    writer.append("}")
    return writer.bytes
  }

  /// What made the hit stand where it does.
  private static func explanation(
    _ hit: SearchResult.Hit,
    _ place: Int,
    _ answer: Answer
  ) -> JSON {
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
    let match = hit.textMatch
    // A match in tiers is no sum of what the terms add: those make up BM25F beside it.
    let score = match.isTiered ? hit.explanation.reduce(0) { $0 + $1.score } : hit.score
    let recall: [JSON.Member] =
      [JSON.Member("score", .double(Double(score))), JSON.Member("terms", .array(terms))]
      + (match.isTiered ? [JSON.Member("tier", .int(match.score))] : [])
    return [
      "recall": .object(recall),
      "stages": .array(stages), "rank_before": before.map { .int(Int64($0)) } ?? .null,
      "rank_after": .int(Int64(rank)), "curated": .bool(hit.isPinned),
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
}

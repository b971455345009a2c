// SPDX-License-Identifier: Apache-2.0

import Dispatch
import JSON

extension Snapshot {
  /// Documents ranked at most where every match must be ordered (grouping).
  static let rankedLimit = 10_000

  /// Answers a search.
  ///
  /// - Throws: ``IndexError`` with code invalid if the request names unknown fields or its filter or
  ///   order cannot be parsed; with code corrupt if stored bytes are damaged. Never for no match.
  public func search(_ request: SearchRequest) throws -> SearchResult {
    let started = DispatchTime.now().uptimeNanoseconds
    let deadline = request.cutoffMicroseconds.map { started + UInt64(max(0, $0)) * 1000 } ?? .max
    let analyzer = try Analyzer()
    let query = ParsedQuery(request.query, analyzer: analyzer, stopWords: request.stopWords)
    let matcher = Matcher(snapshot: self, request: request, fields: try searchedFields(request))
    let allowed = try allowedDocuments(request, query, analyzer, matcher)
    var matches = try match(query, request, matcher, allowed, deadline)
    let pinned = try PinnedHits(request, self)
    pinned.add(to: &matches.documents)

    var result = SearchResult()
    result.outOf = documentCount
    result.found = matches.documents.reduce(0) { $0 + $1.population }
    result.foundDocuments = result.found
    result.isCutOff = matches.isCutOff
    let order = try SortOrder.parse(request.sort, schema: schema)
    var ranked: [ScoredDocument]
    let wanted =
      request.groupBy.isEmpty ? request.offset + request.limit : min(result.found, Self.rankedLimit)
    var rankable = matches
    pinned.remove(from: &rankable.documents)
    (ranked, result.isCutOff) = try rank(
      rankable,
      order: order,
      limit: wanted,
      deadline: deadline,
      isCutOff: result.isCutOff
    )
    ranked = pinned.merged(ranked, limit: wanted)
    result.facets = try FacetCounter(snapshot: self).count(request, matches.documents)
    let pages = HitBuilder(
      snapshot: self,
      request: request,
      query: query,
      matches: matches,
      order: order,
      pinned: pinned
    )
    if request.groupBy.isEmpty {
      result.hits = try pages.hits(ranked.dropFirst(request.offset).prefix(request.limit))
    } else {
      let groups = try Grouping(snapshot: self).group(ranked, by: request.groupBy)
      result.found = groups.count
      result.groups = try groups.dropFirst(request.offset).prefix(request.limit).map { group in
        SearchResult.Group(
          key: group.key,
          found: group.members.count,
          hits: try pages.hits(group.members.prefix(request.groupLimit))
        )
      }
      ranked = []
    }
    result.microseconds = Int((DispatchTime.now().uptimeNanoseconds - started) / 1000)
    return result
  }

  /// The searched fields by their numbers in postings; all text fields if none is named.
  private func searchedFields(_ request: SearchRequest) throws -> [(number: Int, weight: Float)] {
    if request.fields.isEmpty { return schema.textFields.indices.map { ($0, 1) } }
    return try request.fields.map { field in
      guard let number = schema.textFields.firstIndex(where: { $0.name == field.name }) else {
        throw IndexError(
          .notFound,
          "Could not find a field named `\(field.name)` in the schema, or it is no text."
        )
      }
      return (number, max(field.weight, 0.01))
    }
  }

  /// By part, the live documents that filter, exclusions and hidden ids leave.
  private func allowedDocuments(
    _ request: SearchRequest,
    _ query: ParsedQuery,
    _ analyzer: Analyzer,
    _ matcher: Matcher
  ) throws -> [Bitset] {
    let filter =
      request.filter.allSatisfy(\.isWhitespace)
      ? nil : try FilterParser.parse(request.filter, schema: schema)
    return try parts.map { part in
      let segment = part.segment
      var allowed = Bitset(count: segment.documentCount, full: true)
      if part.hasDeletions { allowed.subtract(part.deleted) }
      if let filter {
        let evaluator = FilterEvaluator(segment: segment, schema: schema, analyzer: analyzer)
        allowed.formIntersection(try evaluator.evaluate(filter))
      }
      for id in request.hiddenIDs {
        if let document = segment.identifiers.document(id) { allowed.remove(document) }
      }
      let phrases = PhraseMatcher(segment: segment)
      for (isExcluded, terms) in query.phrases.map({ (false, $0) })
        + query.excluded.map({ (true, $0) })
      {
        var found = Bitset(count: segment.documentCount)
        for field in matcher.fields {
          found.formUnion(
            try phrases.match(terms, field: field.number, lastIsPrefix: false, isWhole: false)
          )
        }
        if isExcluded { allowed.subtract(found) } else { allowed.formIntersection(found) }
      }
      return allowed
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import Dispatch
import JSON

extension Snapshot {
  /// Documents gathered into groups at most.
  static let groupedLimit = 250_000

  /// Answers a search.
  ///
  /// - Throws: ``IndexError`` with code invalid if the request names unknown fields or its filter or
  ///   order cannot be parsed; with code corrupt if stored bytes are damaged. Never for no match.
  public func search(_ request: SearchRequest) throws -> SearchResult {
    let started = DispatchTime.now().uptimeNanoseconds
    var result = try result(of: recall(request))
    result.microseconds = Int((DispatchTime.now().uptimeNanoseconds - started) / 1000)
    return result
  }

  /// Finds and ranks a search's candidates.
  ///
  /// - Parameters:
  ///   - request: The search.
  ///   - window: Candidates wanted at least, where ranking will reorder more than a page.
  /// - Returns: The best candidates, as many as the page or the window needs.
  /// - Throws: As ``search(_:)``.
  public func recall(_ request: SearchRequest, window: Int = 0) throws -> Recall {
    let started = DispatchTime.now().uptimeNanoseconds
    let deadline = request.cutoffMicroseconds.map { started + UInt64(max(0, $0)) * 1000 } ?? .max
    let request = request.resolved(schema)
    return try AnalyzerPool.withAnalyzer { analyzer in
      let query = ParsedQuery(
        request.query,
        analyzer: analyzer,
        stopWords: request.stopWords,
        isPreSegmented: request.isPreSegmented
      )
      let order = try SortOrder.parse(request, query: query, schema: schema)
      let matcher = Matcher(
        snapshot: self,
        request: request,
        fields: try searchedFields(request),
        keepsContinuations: order.tiers != nil,
        deadline: deadline
      )
      let live = try liveDocuments(request, analyzer)
      var allowed = try allowedDocuments(live, request, query, analyzer, matcher)
      let pins = takePins(request, from: &allowed, unfiltered: live)
      var matches = try match(query, request, matcher, allowed, deadline)
      let found = population(matches.documents)
      let wanted =
        request.groupBy.isEmpty
        ? max(window, request.offset + request.limit) : min(found, Self.groupedLimit)
      let ranked = try rank(&matches, order: order, limit: wanted, deadline: deadline)
      return Recall(
        request: request,
        query: query,
        matches: matches,
        order: order,
        pins: pins,
        candidates: ranked,
        found: found + pins.count,
        isCutOff: matches.isCutOff
      )
    }
  }

  /// Makes the page that a search asks for.
  ///
  /// - Parameters:
  ///   - recall: The search's candidates, of this snapshot.
  ///   - order: The candidates as ranking left them; nil for their own order.
  /// - Returns: The page, with facets over all that matched.
  /// - Throws: ``IndexError`` with code notFound if facets or groups name unknown fields; with code
  ///   corrupt if stored bytes are damaged.
  public func result(of recall: Recall, order: [ScoredDocument]? = nil) throws -> SearchResult {
    let request = recall.request
    let ranked = order ?? recall.candidates
    var result = SearchResult()
    result.outOf = documentCount
    result.found = recall.found
    result.foundDocuments = recall.found
    result.isCutOff = recall.isCutOff
    var matching = recall.matches.documents
    for (_, pin) in recall.pins { matching[Int(pin.segment)].insert(Int(pin.document)) }
    try AnalyzerPool.withAnalyzer { analyzer in
      let pages = HitBuilder(snapshot: self, recall: recall, analyzer: analyzer)
      if request.groupBy.isEmpty {
        result.facets = try FacetCounter(snapshot: self).count(request, matching)
        let shown = PinnedOrder.merge(recall.pins, ranked)
        result.hits = try pages.hits(shown.dropFirst(request.offset).prefix(request.limit))
        return
      }
      let groups = try Grouping(snapshot: self).group(
        PinnedOrder.merge(recall.pins, ranked).map(\.document),
        request,
        order: recall.order
      )
      let members = GroupCounts(snapshot: self, groups: groups.map(\.members))
      let counter = FacetCounter(snapshot: self, groups: members)
      result.facets = try counter.count(request, matching)
      result.found = groups.count
      result.groups = try groups.dropFirst(request.offset).prefix(request.limit).map { group in
        SearchResult.Group(
          key: group.key,
          found: group.members.count,
          hits: try pages.hits(group.members.prefix(request.groupLimit).map { ($0, false) })
        )
      }
    }
    return result
  }

  /// The searched fields by their numbers in postings; all text fields if none is named.
  private func searchedFields(_ request: SearchRequest) throws -> [SearchedField] {
    if request.searchesAllFields {
      return schema.textFields.enumerated().map {
        var field = SearchRequest.QueryField(name: $1.name)
        field.infix = $1.infix
        return SearchedField(number: $0, settings: field)
      }
    }
    let mayFindInner = request.infix != .never
    var seen: Set<String> = []
    let fields = try request.fields.filter { seen.insert($0.name).inserted }.map { field in
      guard let number = schema.textFields.firstIndex(where: { $0.name == field.name }) else {
        throw IndexError(
          .notFound,
          "Could not find a field named `\(field.name)` in the schema, or it is no text."
        )
      }
      var field = field
      field.weight = max(field.weight, 0.01)
      let isInnerKept = schema.textFields[number].infix
      if mayFindInner, field.infix == true, !isInnerKept { throw Self.noInfix(field.name) }
      field.infix = (field.infix ?? true) && isInnerKept
      return SearchedField(number: number, settings: field)
    }
    if mayFindInner, let first = fields.first,
      !fields.contains(where: { $0.settings.infix == true })
    {
      throw Self.noInfix(first.settings.name)
    }
    return fields
  }

  private static func noInfix(_ field: String) -> IndexError {
    IndexError(
      .invalid,
      "Could not find `\(field)` in the infix index: set `infix` to true for it in the schema."
    )
  }

  /// By part, the documents in scope that are neither deleted nor hidden.
  private func liveDocuments(_ request: SearchRequest, _ analyzer: Analyzer) throws -> [Bitset] {
    let scope = try filter(request.scope, request)
    return try parts.map { part in
      var live = Bitset(count: part.segment.documentCount, full: true)
      if let scope {
        let evaluator = FilterEvaluator(segment: part.segment, schema: schema, analyzer: analyzer)
        live.formIntersection(try evaluator.evaluate(scope))
      }
      if part.hasDeletions { live.subtract(part.deleted) }
      for id in request.hiddenIDs {
        if let document = part.segment.identifiers.document(id) { live.remove(document) }
      }
      return live
    }
  }

  private func filter(_ text: String, _ request: SearchRequest) throws -> Filter? {
    guard !text.allSatisfy(\.isWhitespace) else { return nil }
    let skips = request.skipsUnknownFields
    return try FilterParser.parse(text, schema: schema, skipsUnknownFields: skips)
  }

  /// By part, the live documents that filter, phrases and exclusions leave.
  private func allowedDocuments(
    _ live: [Bitset],
    _ request: SearchRequest,
    _ query: ParsedQuery,
    _ analyzer: Analyzer,
    _ matcher: Matcher
  ) throws -> [Bitset] {
    let filter = try filter(request.filter, request)
    guard filter != nil || !query.phrases.isEmpty || !query.excluded.isEmpty else { return live }
    return try zip(parts, live).map { part, live in
      let segment = part.segment
      var allowed = live
      if let filter {
        let evaluator = FilterEvaluator(segment: segment, schema: schema, analyzer: analyzer)
        allowed.formIntersection(try evaluator.evaluate(filter))
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

  /// Takes the request's pinned documents out of the allowed ones.
  ///
  /// A pin of an unknown, deleted or hidden document is left out; so is one that the filter excludes
  /// if the request says so.
  private func takePins(
    _ request: SearchRequest,
    from allowed: inout [Bitset],
    unfiltered live: [Bitset]
  ) -> [(position: Int, document: ScoredDocument)] {
    var pins: [(position: Int, document: ScoredDocument)] = []
    var seen: Set<String> = []
    for (id, position) in request.pinned where seen.insert(id).inserted {
      guard let (part, document) = locate(id), live[part].contains(document),
        !request.filtersPinned || allowed[part].contains(document)
      else { continue }
      allowed[part].remove(document)
      pins.append(
        (position, ScoredDocument(score: 0, segment: Int32(part), document: UInt32(document)))
      )
    }
    return pins
  }
}

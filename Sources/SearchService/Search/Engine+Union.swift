// SPDX-License-Identifier: Apache-2.0

import JSON
public import SearchIndex

/// What several searches found, in one order.
public struct UnionAnswer: Sendable {
  /// The page of hits, each with the number of the search that found it.
  public var hits: [(hit: SearchResult.Hit, search: Int)] = []
  /// Documents that match, those found twice counted once as far as the pages so far show.
  public var found = 0
  /// Documents in the collections.
  public var outOf = 0
  /// The page, from 1.
  public var page = 1
  /// The searches' own answers.
  public var answers: [Answer] = []
}

extension Engine {
  /// Answers several searches with one list of hits.
  ///
  /// Hits are ordered as the searches' `sort_by` says if all have the same, else by score. `page`: The
  /// parameters that say which page, and whether documents found twice are shown once.
  public func union(
    _ searches: [(parameters: [String: String], grant: Grant)],
    page: [String: String],
    client: String = ""
  ) throws -> UnionAnswer {
    let paging = try SearchParameters(page)
    let (offset, limit) = (paging.request.offset, paging.perPage)
    var union = UnionAnswer()
    union.page = paging.page
    // Text matches of different kinds cannot be compared.
    let isTiered = try searches.contains { try self.isTiered($0.parameters, $0.grant) }
    for (parameters, grant) in searches {
      union.answers.append(
        try search(
          parameters,
          grant,
          window: (0, offset + limit),
          isTiered: isTiered,
          client: client
        )
      )
    }
    union.found = union.answers.reduce(0) { $0 + $1.result.found }
    union.outOf = Set(union.answers.map(\.collection)).reduce(0) { sum, name in
      sum + (union.answers.first { $0.collection == name }?.result.outOf ?? 0)
    }
    var all = union.answers.enumerated().flatMap { search, answer in
      let groups = answer.result.groups?.flatMap(\.hits)
      return (groups ?? answer.result.hits).map { (hit: $0, search: search) }
    }
    if page["remove_duplicates"] != "false" {
      var seen: Set<String> = []
      let count = all.count
      all.removeAll {
        !seen.insert(union.answers[$0.search].collection + "\0" + $0.hit.id).inserted
      }
      union.found -= count - all.count
    }
    let orders = Set(union.answers.map { $0.parameters.request.sort })
    let directions = orders.count == 1 ? Self.directions(orders.first ?? "") : []
    // Equal hits stay in the order of the searches, hence the place as the last key.
    let ordered = all.enumerated().sorted { a, b in
      let isBefore = Self.isBefore(a.element.hit, b.element.hit, directions)
      return isBefore ?? (a.offset < b.offset)
    }
    union.hits = ordered.dropFirst(offset).prefix(limit).map(\.element)
    return union
  }

  /// Whether a search's text matches are in tiers.
  private func isTiered(_ parameters: [String: String], _ grant: Grant) throws -> Bool {
    let parameters = grant.applied(to: try withPreset(parameters))
    var request = try SearchParameters(parameters).request
    request.heedDefaultSortingField(
      of: try collection(named: parameters["collection"] ?? "").snapshot.schema
    )
    return request.tiers != nil
  }

  /// For each key of `sort_by`, whether it ascends.
  private static func directions(_ sort: String) -> [Bool] {
    var depth = 0
    let parts = sort.split { character in
      if character == "(" { depth += 1 }
      if character == ")" { depth -= 1 }
      return character == "," && depth == 0
    }
    return parts.map { $0.lowercased().hasSuffix("asc") }
  }

  /// Whether one hit comes before another; nil if they are equal.
  private static func isBefore(
    _ a: SearchResult.Hit,
    _ b: SearchResult.Hit,
    _ directions: [Bool]
  ) -> Bool? {
    for (index, isAscending) in directions.enumerated() {
      guard index < a.sortValues.count, index < b.sortValues.count else { break }
      let (x, y) = (a.sortValues[index], b.sortValues[index])
      // What has no value comes last either way.
      if (x == .null) != (y == .null) { return y == .null }
      if let isLess = isLess(x, y) { return isLess == isAscending }
    }
    return a.textMatch.score == b.textMatch.score ? nil : a.textMatch.score > b.textMatch.score
  }

  /// Whether one value is less than another; nil if they are equal or cannot be compared.
  private static func isLess(_ a: JSON, _ b: JSON) -> Bool? {
    if let a = a.double, let b = b.double { return a == b ? nil : a < b }
    if let a = a.string, let b = b.string { return a == b ? nil : a < b }
    return nil
  }
}

// SPDX-License-Identifier: Apache-2.0

/// Counts field values over the documents that match, or the groups that they form.
struct FacetCounter {
  /// Which values of a facet are returned, and how.
  private struct Choice {
    var limit: Int
    var query: FacetQuery?
    var options = FacetOptions()
    /// Values in the order of a field beside this one; nil to order by the options alone.
    var ranks: [String: Double]?

    init(limit: Int) { self.limit = limit }
  }

  let snapshot: Snapshot
  /// The groups to count; nil to count documents.
  var groups: GroupCounts?

  /// The facets of a request.
  ///
  /// `documents`: The matches by part of the snapshot.
  func count(
    _ request: SearchRequest,
    _ documents: [Bitset]
  ) throws(IndexError) -> [SearchResult.Facet] {
    guard let share = sampledShare(request, documents) else {
      return try facets(request, documents)
    }
    var facets = try facets(request, FacetSampling.sample(documents, share: share))
    for index in facets.indices {
      facets[index].isSampled = true
      facets[index].counts = facets[index].counts.map {
        ($0.value, Int((Double($0.count) / share).rounded()))
      }
      facets[index].statistics?.sum /= share
    }
    return facets
  }

  private func sampledShare(_ request: SearchRequest, _ documents: [Bitset]) -> Double? {
    guard request.facetSampling.percent < 100, !request.facets.isEmpty else { return nil }
    return request.facetSampling.share(of: documents.reduce(0) { $0 + $1.population })
  }

  private func facets(
    _ request: SearchRequest,
    _ documents: [Bitset]
  ) throws(IndexError) -> [SearchResult.Facet] {
    var names = request.facets
    if let field = request.facetQuery?.field, !names.contains(field) { names.append(field) }
    var facets: [SearchResult.Facet] = []
    for name in names {
      guard let index = snapshot.schema.columnFields.firstIndex(where: { $0.name == name }),
        snapshot.schema.columnFields[index].facet
          || !snapshot.schema.columnFields[index].type.isText
      else {
        throw IndexError(
          .notFound,
          "Could not find a facet field named `\(name)` in the schema: set `facet`."
        )
      }
      var choice = Choice(limit: request.facetLimit)
      choice.query = request.facetQuery.flatMap {
        $0.field == name ? FacetQuery($0.prefix, typos: request.facetQueryTypos) : nil
      }
      choice.options = request.facetOptions[name] ?? FacetOptions()
      if case .field(let sibling, _) = choice.options.order {
        choice.ranks = try siblingValues(of: index, sibling, documents)
      }
      var facet =
        snapshot.schema.columnFields[index].type.isText
        ? terms(name, index, documents, choice) : numbers(name, index, documents, choice)
      if FacetParents.isAsked(request.facetParents, of: name) {
        facet.parents = try FacetParents(snapshot: snapshot).find(facet, index, documents)
      }
      facets.append(facet)
    }
    return facets
  }

  private func terms(
    _ name: String,
    _ index: Int,
    _ documents: [Bitset],
    _ choice: Choice
  ) -> SearchResult.Facet {
    let values =
      groups?.terms(index)
      ?? TermCounts(zip(snapshot.parts, documents).map { ($0.segment.columns[index], $1) }).values
    return facet(name, values, choice) {
      String(decoding: $0, as: UTF8.self)
    } precedes: {
      $0.lexicographicallyPrecedes($1)
    }
  }

  private func numbers(
    _ name: String,
    _ index: Int,
    _ documents: [Bitset],
    _ choice: Choice
  ) -> SearchResult.Facet {
    let isBool = snapshot.schema.columnFields[index].type.isBool
    let counts = groups?.numbers(index) ?? NumberCounts()
    if groups == nil {
      for (part, matching) in zip(snapshot.parts, documents) {
        part.segment.columns[index].count(matching, in: counts)
      }
    }
    var all: [(value: Double, count: Int)] = []
    var (least, greatest, sum, total) = (Double.infinity, -Double.infinity, 0.0, 0)
    counts.forEach { number, count in
      all.append((number, count))
      least = min(least, number)
      greatest = max(greatest, number)
      sum += number * Double(count)
      total += count
    }
    let ranges = choice.options.ranges
    var facet =
      ranges.isEmpty
      ? facet(name, all, choice) {
        Self.text($0, isBool: isBool)
      } precedes: {
        $0 < $1
      }
      : facet(name, Self.count(all, in: ranges), choice) {
        $0
      } precedes: {
        $0 < $1
      }
    if total > 0, !isBool { facet.statistics = (least, greatest, sum, sum / Double(total)) }
    return facet
  }

  /// The labels of ranges that any number is in; ranges of one label are one value.
  private static func count(
    _ all: [(value: Double, count: Int)],
    in ranges: [FacetOptions.Range]
  ) -> [(value: String, count: Int)] {
    var byLabel: [String: Int] = [:]
    for range in ranges {
      for (number, count) in all where range.low <= number && number < range.high {
        byLabel[range.label, default: 0] += count
      }
    }
    return byLabel.map { ($0.key, $0.value) }
  }

  /// A number as facets show it.
  static func text(_ number: Double, isBool: Bool) -> String {
    if isBool { return number == 0 ? "false" : "true" }
    return Int64(exactly: number).map(String.init) ?? number.description
  }

  /// The values chosen of all that were counted.
  ///
  /// Most facets show a few values of thousands: only those become text.
  ///
  /// `precedes`: Which of two values comes first where as many documents have them.
  private func facet<Value>(
    _ name: String,
    _ counted: [(value: Value, count: Int)],
    _ choice: Choice,
    _ text: (Value) -> String,
    precedes: (Value, Value) -> Bool
  ) -> SearchResult.Facet {
    guard choice.query == nil, choice.options.order == .count else {
      return facet(name, counted.map { (text($0.value), $0.count) }, choice)
    }
    let best = MostFrequent.choose(counted, limit: choice.limit, precedes: precedes)
    return SearchResult.Facet(
      field: name,
      counts: best.map { (text($0.value), $0.count) },
      totalValues: counted.count,
      statistics: nil
    )
  }

  private func facet(
    _ name: String,
    _ counted: [(value: String, count: Int)],
    _ choice: Choice
  ) -> SearchResult.Facet {
    var all = choice.query?.matches(in: counted) ?? counted
    switch choice.options.order {
    case .count: all.sort { $0.count != $1.count ? $0.count > $1.count : $0.value < $1.value }
    case .value(ascending: true): all.sort { $0.value < $1.value }
    case .value(ascending: false): all.sort { $0.value > $1.value }
    case .field(_, let ascending):
      // What the sibling says nothing of comes last.
      let ranked = all.map { (choice.ranks?[$0.value], $0) }
      all =
        ranked.sorted { a, b in
          guard let x = a.0, let y = b.0, x != y else {
            return (a.0 == nil) == (b.0 == nil) ? a.1.value < b.1.value : b.0 == nil
          }
          return ascending ? x < y : x > y
        }
        .map(\.1)
    }
    return SearchResult.Facet(
      field: name,
      counts: Array(all.prefix(choice.limit)),
      totalValues: all.count,
      statistics: nil
    )
  }

  /// For each value of a field of strings, the greatest number that documents with it have beside it in
  /// another field.
  private func siblingValues(
    of index: Int,
    _ sibling: String,
    _ documents: [Bitset]
  ) throws(IndexError) -> [String: Double] {
    guard
      let other = snapshot.schema.columnFields.firstIndex(where: {
        $0.name == sibling && $0.type.isNumeric
      }), snapshot.schema.columnFields[index].type.isText
    else {
      throw IndexError(.notFound, "Could not find a numeric field `\(sibling)` to sort facets by.")
    }
    var values: [String: Double] = [:]
    for (part, matching) in zip(snapshot.parts, documents) {
      let (column, numbers) = (part.segment.columns[index], part.segment.columns[other])
      var byOrdinal = [Double](repeating: .nan, count: column.termCount)
      matching.forEach { document in
        // Values of arrays of objects stand in the same order.
        let (terms, others) = (column.range(document), numbers.range(document))
        for (term, number) in zip(terms, others) {
          let ordinal = column.ordinal(term)
          let value = numbers.number(number)
          if !(byOrdinal[ordinal] >= value) { byOrdinal[ordinal] = value }
        }
      }
      for ordinal in byOrdinal.indices where !byOrdinal[ordinal].isNaN {
        let term = column.term(ordinal)
        values[term] = max(values[term] ?? -.infinity, byOrdinal[ordinal])
      }
    }
    return values
  }
}

// SPDX-License-Identifier: Apache-2.0

/// Counts field values over the documents that match.
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

  /// The facets of a request.
  ///
  /// `documents`: The matches by part of the snapshot.
  func count(
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
    var counts: [String: Int] = [:]
    for (part, matching) in zip(snapshot.parts, documents) {
      let column = part.segment.columns[index]
      var byOrdinal = [Int32](repeating: 0, count: column.termCount)
      byOrdinal.withUnsafeMutableBufferPointer { byOrdinal in
        guard !byOrdinal.isEmpty else { return }
        if column.isSingle {
          matching.forEach { byOrdinal[column.ordinal($0)] += 1 }
          return
        }
        matching.forEach { document in
          // A value that a document repeats counts once for it.
          let range = column.range(document)
          for value in range
          where !(range.lowerBound..<value).contains(where: {
            column.ordinal($0) == column.ordinal(value)
          }) { byOrdinal[column.ordinal(value)] += 1 }
        }
      }
      for ordinal in byOrdinal.indices where byOrdinal[ordinal] > 0 {
        counts[column.term(ordinal), default: 0] += Int(byOrdinal[ordinal])
      }
    }
    return facet(name, counts, choice)
  }

  private func numbers(
    _ name: String,
    _ index: Int,
    _ documents: [Bitset],
    _ choice: Choice
  ) -> SearchResult.Facet {
    let isBool = snapshot.schema.columnFields[index].type.isBool
    let counts = NumberCounts()
    var (least, greatest, sum, total) = (Double.infinity, -Double.infinity, 0.0, 0)
    for (part, matching) in zip(snapshot.parts, documents) {
      let column = part.segment.columns[index]
      guard column.kind != .place else { continue }
      matching.forEach { document in
        for value in column.range(document) {
          let number = column.number(value)
          counts.add(number)
          least = min(least, number)
          greatest = max(greatest, number)
          sum += number
          total += 1
        }
      }
    }
    var byText: [String: Int] = [:]
    let ranges = choice.options.ranges
    counts.forEach { number, count in
      for range in ranges where range.low <= number && number < range.high {
        byText[range.label, default: 0] += count
      }
      guard ranges.isEmpty else { return }
      byText[Self.text(number, isBool: isBool)] = count
    }
    var facet = facet(name, byText, choice)
    if total > 0, !isBool { facet.statistics = (least, greatest, sum, sum / Double(total)) }
    return facet
  }

  /// A number as facets show it.
  static func text(_ number: Double, isBool: Bool) -> String {
    if isBool { return number == 0 ? "false" : "true" }
    return Int64(exactly: number).map(String.init) ?? "\(number)"
  }

  private func facet(
    _ name: String,
    _ counts: [String: Int],
    _ choice: Choice
  ) -> SearchResult.Facet {
    var all = counts.map { (value: $0.key, count: $0.value) }
    if let query = choice.query { all = query.matches(in: all) }
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

  /// For each value of a field of strings, the number that a document with it has in another field.
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
          byOrdinal[column.ordinal(term)] = numbers.number(number)
        }
      }
      for ordinal in byOrdinal.indices where !byOrdinal[ordinal].isNaN {
        values[column.term(ordinal)] = byOrdinal[ordinal]
      }
    }
    return values
  }
}

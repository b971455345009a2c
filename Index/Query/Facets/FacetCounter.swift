// SPDX-License-Identifier: Apache-2.0

/// Counts field values over the documents that match.
struct FacetCounter {
  /// Which values of a facet are returned, and how.
  private struct Choice {
    var limit: Int
    var prefix: String?
    var options = FacetOptions()

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
      choice.prefix = request.facetQuery.flatMap { $0.field == name ? $0.prefix : nil }
      choice.options = request.facetOptions[name] ?? FacetOptions()
      facets.append(
        snapshot.schema.columnFields[index].type.isText
          ? terms(name, index, documents, choice) : numbers(name, index, documents, choice)
      )
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
      let text =
        isBool
        ? (number == 0 ? "false" : "true")
        : Int64(exactly: number).map(String.init) ?? "\(number)"
      byText[text] = count
    }
    var facet = facet(name, byText, choice)
    if total > 0, !isBool { facet.statistics = (least, greatest, sum, sum / Double(total)) }
    return facet
  }

  private func facet(
    _ name: String,
    _ counts: [String: Int],
    _ choice: Choice
  ) -> SearchResult.Facet {
    var all = counts.map { (value: $0.key, count: $0.value) }
    if let prefix = choice.prefix?.lowercased() {
      all.removeAll { value in
        !value.value.lowercased().split(separator: " ").contains { $0.hasPrefix(prefix) }
          && !value.value.lowercased().hasPrefix(prefix)
      }
    }
    switch choice.options.order {
    case .count: all.sort { $0.count != $1.count ? $0.count > $1.count : $0.value < $1.value }
    case .value(ascending: true): all.sort { $0.value < $1.value }
    case .value(ascending: false): all.sort { $0.value > $1.value }
    }
    return SearchResult.Facet(
      field: name,
      counts: Array(all.prefix(choice.limit)),
      totalValues: all.count,
      statistics: nil
    )
  }
}

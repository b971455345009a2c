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
    let counts = TermCounts(
      zip(snapshot.parts, documents).map { ($0.segment.columns[index], $1) }
    )
    return facet(name, counts.values, choice) {
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
    let counts = NumberCounts()
    for (part, matching) in zip(snapshot.parts, documents) {
      part.segment.columns[index].count(matching, in: counts)
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
      ? facet(name, all, choice) { number in
        isBool
          ? (number == 0 ? "false" : "true")
          : Int64(exactly: number).map(String.init) ?? number.description
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

  /// The values chosen of all that were counted; only those become text.
  ///
  /// `precedes`: Which of two values comes first where as many documents have them.
  private func facet<Value>(
    _ name: String,
    _ counted: [(value: Value, count: Int)],
    _ choice: Choice,
    _ text: (Value) -> String,
    precedes: (Value, Value) -> Bool
  ) -> SearchResult.Facet {
    var counted = counted
    if let prefix = choice.prefix?.lowercased() {
      counted.removeAll { entry in
        let value = text(entry.value).lowercased()
        return !value.hasPrefix(prefix)
          && !value.split(separator: " ").contains { $0.hasPrefix(prefix) }
      }
    }
    let chosen: [(value: String, count: Int)]
    switch choice.options.order {
    case .count:
      chosen = Self.mostFrequent(counted, limit: choice.limit, precedes).map {
        (text($0.value), $0.count)
      }
    case .value(let ascends):
      // Numbers too are ordered by their text.
      let all = counted.map { (value: text($0.value), count: $0.count) }
        .sorted { ascends ? $0.value < $1.value : $0.value > $1.value }
      chosen = Array(all.prefix(choice.limit))
    }
    return SearchResult.Facet(
      field: name,
      counts: chosen,
      totalValues: counted.count,
      statistics: nil
    )
  }

  /// The values with the most documents.
  private static func mostFrequent<Value>(
    _ counted: [(value: Value, count: Int)],
    limit: Int,
    _ precedes: (Value, Value) -> Bool
  ) -> [(value: Value, count: Int)] {
    func isBefore(_ a: (value: Value, count: Int), _ b: (value: Value, count: Int)) -> Bool {
      a.count != b.count ? a.count > b.count : precedes(a.value, b.value)
    }
    guard limit > 0 else { return [] }
    // Beyond a few, sorting all beats inserting each.
    guard limit <= 64 else { return Array(counted.sorted(by: isBefore).prefix(limit)) }
    var best: [(value: Value, count: Int)] = []
    for entry in counted {
      if best.count == limit, let last = best.last {
        guard isBefore(entry, last) else { continue }
        best.removeLast()
      }
      var place = best.count
      while place > 0, isBefore(entry, best[place - 1]) { place -= 1 }
      best.insert(entry, at: place)
    }
    return best
  }
}

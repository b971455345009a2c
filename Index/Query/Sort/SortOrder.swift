// SPDX-License-Identifier: Apache-2.0

/// The order of results: up to three keys, then the score, then the document's number.
struct SortOrder {
  /// One key.
  enum Key: Equatable {
    case score(ascending: Bool)
    case column(Int, ascending: Bool)
    case distance(Int, field: String, from: GeoPoint, ascending: Bool)
  }

  var keys: [Key] = []

  /// Whether the score alone decides.
  var isByScore: Bool { keys.isEmpty || keys == [.score(ascending: false)] }

  /// Parses `price:asc, _text_match:desc, location(48.85, 2.35):asc`.
  ///
  /// - Throws: ``IndexError`` with code invalid that names the part and the remedy.
  static func parse(_ text: String, schema: CollectionSchema) throws(IndexError) -> SortOrder {
    var order = SortOrder()
    for part in split(text) {
      guard let colon = part.lastIndex(of: ":") else {
        throw IndexError(.invalid, "Parameter `sort_by` is malformed: write `\(part):asc`.")
      }
      let direction = part[part.index(after: colon)...].lowercased()
      guard direction == "asc" || direction == "desc" else {
        throw IndexError(.invalid, "Order for field `\(part[..<colon])` must be asc or desc.")
      }
      order.keys.append(
        try key(String(part[..<colon]), ascending: direction == "asc", schema: schema)
      )
    }
    guard order.keys.count <= 3 else {
      throw IndexError(.invalid, "Only up to 3 `sort_by` fields can be given.")
    }
    return order
  }

  /// Parts between commas that stand outside parentheses.
  private static func split(_ text: String) -> [String] {
    var (parts, part, depth) = ([String](), "", 0)
    for character in text {
      if character == "(" { depth += 1 }
      if character == ")" { depth -= 1 }
      if character == ",", depth == 0 {
        parts.append(part)
        part = ""
      } else if !character.isWhitespace || depth > 0 {
        part.append(character)
      }
    }
    return (parts + [part]).filter { !$0.isEmpty }
  }

  private static func key(
    _ name: String,
    ascending: Bool,
    schema: CollectionSchema
  ) throws(IndexError) -> Key {
    if name == "_text_match" { return .score(ascending: ascending) }
    let isPlace = name.hasSuffix(")")
    let field = isPlace ? String(name.prefix { $0 != "(" }) : name
    guard let index = schema.columnFields.firstIndex(where: { $0.name == field }),
      isPlace == schema.columnFields[index].type.isGeo
    else {
      throw IndexError(
        .notFound,
        "Could not find a field named `\(field)` in the schema for sorting."
      )
    }
    guard isPlace else { return .column(index, ascending: ascending) }
    let numbers = name.dropFirst(field.count + 1).dropLast().split(separator: ",")
      .compactMap { Double($0.trimmed) }
    guard numbers.count == 2 else {
      throw IndexError(.invalid, "Sort by place as `\(field)(latitude, longitude):asc`.")
    }
    return .distance(
      index,
      field: field,
      from: GeoPoint(latitude: numbers[0], longitude: numbers[1]),
      ascending: ascending
    )
  }

  /// The best matches in this order.
  func rank(_ snapshot: Snapshot, _ matches: Matches, limit: Int) throws -> [ScoredDocument] {
    var rows: [(values: [Double], document: ScoredDocument)] = []
    for (index, part) in snapshot.parts.enumerated() {
      var scores: [UInt32: Float] = [:]
      if keys.contains(where: { if case .score = $0 { true } else { false } }) {
        scores = snapshot.scores(matches, part: index)
      }
      let ranks = try termRanks(part.segment, snapshot)
      matches.documents[index].forEach { document in
        let score = scores[UInt32(document)] ?? 0
        let values = keys.enumerated().map { number, key in
          value(key, ranks[number], part.segment, document, score)
        }
        rows.append(
          (
            values,
            ScoredDocument(score: score, segment: Int32(index), document: UInt32(document))
          )
        )
      }
    }
    rows.sort { a, b in
      for index in keys.indices where a.values[index] != b.values[index] {
        return a.values[index] < b.values[index]
      }
      return a.document.ranksBefore(b.document)
    }
    return rows.prefix(limit).map(\.document)
  }

  /// A key's value turned so that less is better; documents without a value come last.
  private func value(
    _ key: Key,
    _ ranks: [Double]?,
    _ segment: Segment,
    _ document: Int,
    _ score: Float
  ) -> Double {
    switch key {
    case .score(let ascending): return ascending ? Double(score) : -Double(score)
    case .column(let index, let ascending):
      let column = segment.columns[index]
      guard let first = column.range(document).first else { return .infinity }
      let value = ranks?[column.ordinal(first)] ?? column.number(first)
      return ascending ? value : -value
    case .distance(let index, _, let place, let ascending):
      let column = segment.columns[index]
      let nearest = column.range(document).map { Geo.distance(column.place($0), place) }.min()
      guard let nearest else { return .infinity }
      return ascending ? nearest : -nearest
    }
  }

  /// For string columns, each ordinal's rank among the terms of all segments.
  private func termRanks(_ segment: Segment, _ snapshot: Snapshot) throws -> [[Double]?] {
    keys.map { key in
      guard case .column(let index, _) = key, segment.columns[index].kind == .term else {
        return nil
      }
      var all: Set<String> = []
      for part in snapshot.parts {
        let column = part.segment.columns[index]
        for ordinal in 0..<column.termCount { all.insert(column.term(ordinal).lowercased()) }
      }
      var ranks: [String: Double] = [:]
      for (rank, term) in all.sorted().enumerated() { ranks[term] = Double(rank) }
      let column = segment.columns[index]
      return (0..<column.termCount).map { ranks[column.term($0).lowercased()] ?? 0 }
    }
  }
}

extension StringProtocol {
  /// The text without white space at its ends.
  var trimmed: String {
    String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}

extension Snapshot {
  /// The scores of all matches of one part.
  func scores(_ matches: Matches, part index: Int) -> [UInt32: Float] {
    var heap = TopHeap(capacity: max(1, matches.documents[index].population))
    matches.documents[index].words.withUnsafeBufferPointer { mask in
      _ = TopKEvaluator.evaluate(
        matches.words.map { $0[index].group },
        mode: .any,
        fields: fields(of: parts[index]),
        segment: Int32(index),
        mask: mask,
        exhaustive: true,
        heap: &heap
      )
    }
    var scores: [UInt32: Float] = [:]
    for hit in heap.sorted() { scores[hit.document] = hit.score }
    return scores
  }
}

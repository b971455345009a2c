// SPDX-License-Identifier: Apache-2.0

public import JSON

extension CurationRule {
  /// Elements of one list of a rule.
  private static let listLimit = 1_000

  /// Reads a rule as clients send it.
  ///
  /// - Parameters:
  ///   - json: The rule; members that are not known are ignored.
  ///   - id: The id from the request's path, which counts over the one in `json`.
  ///   - path: Where the rule is in the request, for errors.
  /// - Throws: ``CurationError`` with code invalid that names the field and the remedy.
  public init(json: JSON, id: String? = nil, path: String = "") throws(CurationError) {
    let reader = try FieldReader(json, path: path)
    let given = try reader.string("id")
    let id = id ?? given ?? ""
    guard (1...255).contains(id.utf8.count), !id.utf8.contains(0) else {
      throw reader.error("id", "must be a string of 1 to 255 bytes without NUL.")
    }
    self.init(id: id)
    guard let rule = reader.member("rule") else {
      throw reader.error("rule", "is missing: give {query, match}, {filter_by} or {tags}.")
    }
    condition = try Condition(try FieldReader(rule, path: reader.name("rule")), outer: reader)
    try readWireActions(reader)
    try readOwnActions(reader)
    try checkPlaceholders(reader)
  }

  private mutating func readWireActions(_ reader: FieldReader) throws(CurationError) {
    for item in try reader.objects("includes", limit: Self.listLimit) ?? [] {
      guard let position = try item.integer("position", in: 1...10_000) else {
        throw item.error("position", "is missing: give the place, 1 for the first.")
      }
      let include = Include(id: try item.identifier("id"), position: Int(position))
      guard !includes.contains(where: { $0.id == include.id }) else {
        throw item.error("id", "is pinned twice: keep one position for `\(include.id)`.")
      }
      includes.append(include)
    }
    for item in try reader.objects("excludes", limit: Self.listLimit) ?? [] {
      let id = try item.identifier("id")
      guard !includes.contains(where: { $0.id == id }) else {
        throw item.error("id", "is also in `includes`: take `\(id)` out of one of the two.")
      }
      excludes.append(id)
    }
    filter = try reader.filter("filter_by")
    sort = try reader.text("sort_by")
    replacement = try reader.text("replace_query")
    removesMatchedTokens = try reader.bool("remove_matched_tokens") ?? (filter != nil)
    if let value = reader.member("metadata") {
      guard value.object != nil else { throw reader.error("metadata", "must be a JSON object.") }
      metadata = value
    }
    filtersIncludes = try reader.bool("filter_curated_hits") ?? false
    stopsProcessing = try reader.bool("stop_processing") ?? true
    effectiveFrom = try reader.integer("effective_from_ts", in: 0...Int64.max)
    effectiveTo = try reader.integer("effective_to_ts", in: 0...Int64.max)
    if let effectiveFrom, let effectiveTo, effectiveFrom > effectiveTo {
      throw reader.error("effective_to_ts", "is before `effective_from_ts`: swap the two.")
    }
    if let value = reader.member("diversity") {
      diversity = try Self.metrics(try FieldReader(value, path: reader.name("diversity")))
    }
  }

  private static func metrics(_ reader: FieldReader) throws(CurationError) -> [SimilarityMetric] {
    guard let items = try reader.objects("similarity_metric", limit: 16), !items.isEmpty else {
      throw reader.error("similarity_metric", "must be an array of {field, method, weight}.")
    }
    var metrics: [SimilarityMetric] = []
    for item in items {
      guard let field = try item.text("field") else { throw item.error("field", "is missing.") }
      guard let name = try item.text("method"), let method = SimilarityMetric.Method(rawValue: name)
      else { throw item.error("method", "must be equality, jaccard or vector_distance.") }
      guard let weight = try item.number("weight", in: 0...1_000) else {
        throw item.error("weight", "is missing.")
      }
      metrics.append(SimilarityMetric(field: field, method: method, weight: weight))
    }
    return metrics
  }

  private mutating func readOwnActions(_ reader: FieldReader) throws(CurationError) {
    for item in try reader.objects("boosts", limit: 100) ?? [] {
      guard let filter = try item.filter("filter_by") else {
        throw item.error("filter_by", "is missing: say which documents.")
      }
      guard let factor = try item.number("factor", in: 0...1_000) else {
        throw item.error("factor", "is missing: above 1 promotes, below 1 buries.")
      }
      boosts.append(Boost(filter: filter, factor: factor))
    }
    for item in try reader.objects("caps", limit: 100) ?? [] {
      guard let most = try item.integer("max", in: 0...250) else {
        throw item.error("max", "is missing: say how many hits may stand there.")
      }
      guard let within = try item.integer("within", in: 1...250) else {
        throw item.error("within", "is missing: say among how many first hits.")
      }
      caps.append(Cap(filter: try item.filter("filter_by"), most: Int(most), within: Int(within)))
    }
    if let value = reader.member("stock") {
      let item = try FieldReader(value, path: reader.name("stock"))
      guard let available = try item.filter("available_by") else {
        throw item.error("available_by", "is missing: give a filter such as `stock:>0`.")
      }
      let pins = try item.text("pins") ?? "keep"
      guard pins == "keep" || pins == "release" else {
        throw item.error("pins", "must be keep or release.")
      }
      stock = StockDemotion(
        available: available,
        factor: try item.number("factor", in: 0...1) ?? 0.1,
        releasesPins: pins == "release"
      )
    }
    preservesPositions = try reader.bool("preserve_curated_positions")
  }

  /// Refuses placeholders that nothing gives a value to.
  private func checkPlaceholders(_ reader: FieldReader) throws(CurationError) {
    let names = Placeholder.names(in: condition.query ?? "")
    guard Set(names).count == names.count else {
      throw reader.error("rule.query", "names a placeholder twice: once is enough.")
    }
    let bound = Set(names).union(Placeholder.names(in: condition.filter ?? ""))
    let used: [(String, String?)] =
      [("filter_by", filter), ("sort_by", sort), ("replace_query", replacement)]
      + boosts.map { ("boosts", $0.filter) } + caps.map { ("caps", $0.filter) }
    for (key, text) in used {
      for name in Placeholder.names(in: text ?? "") where !bound.contains(name) {
        throw reader.error(
          key,
          "uses {\(name)}: put it into `rule.query` or `rule.filter_by`, which give it its value."
        )
      }
    }
  }
}

extension CurationRule.Condition {
  fileprivate init(_ reader: FieldReader, outer: FieldReader) throws(CurationError) {
    self.init()
    query = try reader.text("query")
    filter = try reader.filter("filter_by")
    tags = try reader.strings("tags", limit: 100) ?? []
    if let outside = try outer.strings("tags", limit: 100), tags.isEmpty {
      tags = outside
      tagsAreOutside = true
    }
    let name = try reader.text("match")
    if let name {
      guard let match = CurationRule.Match(rawValue: name) else {
        throw reader.error("match", "must be exact or contains.")
      }
      self.match = match
      guard query != nil || filter != nil else {
        throw reader.error("query", "is missing: `match` says how it is compared.")
      }
    } else if query != nil {
      throw reader.error("match", "is missing: give exact or contains.")
    }
    guard query != nil || filter != nil || !tags.isEmpty else {
      throw outer.error("rule", "needs `query` and `match`, `filter_by`, or `tags`.")
    }
    if let query, query.utf8.count > 1_000 {
      throw reader.error("query", "is longer than 1,000 bytes: send a shorter one.")
    }
    synonyms = try reader.bool("synonyms") ?? false
    stem = try reader.bool("stem") ?? false
    stemmingDictionary = try reader.text("stemming_dictionary")
  }
}

extension FieldReader {
  /// A filter expression whose syntax holds; whether its fields exist is for the search to say.
  fileprivate func filter(_ key: String) throws(CurationError) -> String? {
    guard let text = try text(key) else { return nil }
    do {
      _ = try FilterCondition(parsing: text)
    } catch {
      throw self.error(key, "is no filter: \(error.message)")
    }
    return text
  }
}

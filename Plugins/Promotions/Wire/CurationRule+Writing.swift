// SPDX-License-Identifier: Apache-2.0

public import JSON

extension CurationRule {
  /// The rule as clients read it: what they gave, and the defaults that the wire format shows.
  public var json: JSON {
    var members = [JSON.Member("id", .string(id)), JSON.Member("rule", condition.json)]
    func add(_ key: String, _ value: JSON?) {
      if let value { members.append(JSON.Member(key, value)) }
    }
    if condition.tagsAreOutside { add("tags", .array(condition.tags.map { .string($0) })) }
    if !includes.isEmpty {
      add(
        "includes",
        .array(includes.map { ["id": .string($0.id), "position": .int(Int64($0.position))] })
      )
    }
    if !excludes.isEmpty { add("excludes", .array(excludes.map { ["id": .string($0)] })) }
    add("filter_by", filter.map { .string($0) })
    add("sort_by", sort.map { .string($0) })
    add("replace_query", replacement.map { .string($0) })
    add("remove_matched_tokens", .bool(removesMatchedTokens))
    add("metadata", metadata)
    add("filter_curated_hits", .bool(filtersIncludes))
    add("stop_processing", .bool(stopsProcessing))
    add("effective_from_ts", effectiveFrom.map { .int($0) })
    add("effective_to_ts", effectiveTo.map { .int($0) })
    add("diversity", diversity.map { ["similarity_metric": .array($0.map(\.json))] })
    if !boosts.isEmpty {
      add(
        "boosts",
        .array(boosts.map { ["filter_by": .string($0.filter), "factor": .double($0.factor)] })
      )
    }
    if !caps.isEmpty { add("caps", .array(caps.map(\.json))) }
    add("stock", stock?.json)
    add("preserve_curated_positions", preservesPositions.map { .bool($0) })
    return .object(members)
  }
}

extension CurationRule.Condition {
  fileprivate var json: JSON {
    var members: [JSON.Member] = []
    if let query { members.append(JSON.Member("query", .string(query))) }
    if let match { members.append(JSON.Member("match", .string(match.rawValue))) }
    if let filter { members.append(JSON.Member("filter_by", .string(filter))) }
    if !tags.isEmpty, !tagsAreOutside {
      members.append(JSON.Member("tags", .array(tags.map { .string($0) })))
    }
    if synonyms { members.append(JSON.Member("synonyms", true)) }
    if stem { members.append(JSON.Member("stem", true)) }
    if let stemmingDictionary {
      members.append(JSON.Member("stemming_dictionary", .string(stemmingDictionary)))
    }
    return .object(members)
  }
}

extension SimilarityMetric {
  fileprivate var json: JSON {
    ["field": .string(field), "method": .string(method.rawValue), "weight": .double(weight)]
  }
}

extension Cap {
  fileprivate var json: JSON {
    var members = [
      JSON.Member("max", .int(Int64(most))), JSON.Member("within", .int(Int64(within))),
    ]
    if let filter { members.append(JSON.Member("filter_by", .string(filter))) }
    return .object(members)
  }
}

extension StockDemotion {
  fileprivate var json: JSON {
    [
      "available_by": .string(available), "factor": .double(factor),
      "pins": .string(releasesPins ? "release" : "keep"),
    ]
  }
}

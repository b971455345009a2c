// SPDX-License-Identifier: Apache-2.0

public import JSON

/// A rule that counts or logs events of a collection, in the wire form of Typesense v30.
public struct AnalyticsRule: Sendable {
  /// What a rule does.
  public enum Kind: String, Sendable {
    /// Counts searches by query, but for those that found nothing.
    case popularQueries = "popular_queries"
    /// Counts searches that found nothing, by query.
    case noHitQueries = "nohits_queries"
    /// Adds a weight to a product for each event.
    case counter
    /// Keeps events to be listed by shopper.
    case log
  }

  /// The name.
  public let name: String
  /// What the rule does.
  public let kind: Kind
  /// The collection whose events count.
  public let collection: String
  /// The type of the events that count, as it was given.
  public let eventType: String
  /// Which kinds of events count; nil for any.
  let eventKind: Event.Kind?
  /// Whether searches count by themselves, and not only events that name the rule.
  let capturesSearches: Bool
  /// The tag to list rules by; empty if it has none.
  public let tag: String
  /// What a counter adds to a product for each event.
  public let weight: Double
  /// The most queries listed.
  public let limit: Int
  /// The collection that is told what has been counted; nil for none.
  public let destination: String?
  /// The field of a product that a counter adds to.
  public let counterField: String?
  /// Whether a query's unfinished word counts as what it was found to begin.
  public let expandsQueries: Bool
  /// Whether queries are counted by the filter they were sent with.
  public let countsByFilter: Bool
  /// Whether queries are counted by their tag.
  public let countsByTag: Bool
  /// The rule as it was given, with its name.
  public let json: JSON

  /// Reads a rule.
  ///
  /// - Throws: ``BehaviourError`` with code invalid, which says what is missing.
  public init(_ json: JSON) throws {
    func text(_ key: String) throws -> String {
      guard let value = json[key]?.string, !value.isEmpty, value.utf8.count <= 100 else {
        throw BehaviourError(.invalid, "A rule needs `\(key)`, a string of at most 100 bytes.")
      }
      return value
    }
    name = try text("name")
    collection = try text("collection")
    guard let kind = Kind(rawValue: try text("type")) else {
      throw BehaviourError(
        .invalid,
        "`type` of a rule is popular_queries, nohits_queries, counter or log."
      )
    }
    self.kind = kind
    eventType = try text("event_type")
    eventKind = EventFields.kinds[eventType]
    guard eventKind != nil || eventType == "custom" || eventType == "query" else {
      throw BehaviourError(
        .invalid,
        "`event_type` of a rule is search, click, conversion, visit, add_to_cart or custom."
      )
    }
    tag = json["rule_tag"]?.string ?? ""
    let parameters = json["params"]
    try Self.check(parameters)
    capturesSearches = parameters?["capture_search_requests"]?.bool ?? true
    weight = parameters?["weight"]?.double ?? 1
    limit = min(max(1, Int(parameters?["limit"]?.int ?? 1000)), 100_000)
    counterField = parameters?["counter_field"]?.string
    if kind == .counter, counterField == nil {
      throw BehaviourError(.invalid, "A counter rule needs `params.counter_field`.")
    }
    let destination = parameters?["destination_collection"]?.string
    self.destination = destination ?? (kind == .counter ? collection : nil)
    expandsQueries = parameters?["expand_query"]?.bool ?? false
    let metaFields = parameters?["meta_fields"]?.array ?? []
    countsByFilter = metaFields.contains("filter_by")
    countsByTag = metaFields.contains("analytics_tag")
    self.json = json
  }

  /// Checks the types of the parameters that are known; others are kept for clients.
  private static func check(_ parameters: JSON?) throws {
    guard let parameters else { return }
    guard parameters.object != nil else {
      throw BehaviourError(.invalid, "`params` of a rule must be an object.")
    }
    func require(_ key: String, _ what: String, _ isRight: (JSON) -> Bool) throws {
      guard let value = parameters[key], value != .null, !isRight(value) else { return }
      throw BehaviourError(.invalid, "`params.\(key)` of a rule must be \(what).")
    }
    for key in ["destination_collection", "counter_field"] {
      try require(key, "a string") { $0.string != nil }
    }
    for key in ["expand_query", "capture_search_requests"] {
      try require(key, "true or false") { $0.bool != nil }
    }
    try require("limit", "a whole number above 0") { ($0.int ?? 0) > 0 }
    try require("weight", "a number") { $0.double != nil }
    try require("meta_fields", "an array of filter_by or analytics_tag") {
      $0.array?.allSatisfy { ["filter_by", "analytics_tag"].contains($0.string) } ?? false
    }
  }

  /// Whether the rule counts an event by its kind and collection, or by being named in it.
  func matches(_ event: Event) -> Bool {
    guard event.collection == collection else { return false }
    switch kind {
    case .popularQueries:
      return event.kind == .search && isMeant(event)
        && !(event.hasResults && event.items.isEmpty)
    case .noHitQueries:
      return event.kind == .search && isMeant(event)
        && (event.hasResults && event.items.isEmpty || event.name == name)
    case .counter: return event.name == name || (event.name.isEmpty && event.kind == eventKind)
    case .log: return event.name == name
    }
  }

  /// Whether it counts queries, and not products or nothing.
  var countsQueries: Bool { kind == .popularQueries || kind == .noHitQueries }

  /// Whether a search is one that the rule looks at: any that names no rule, or one that names it.
  private func isMeant(_ event: Event) -> Bool {
    event.name.isEmpty ? capturesSearches : event.name == name
  }

  /// The form of an event's query that it counts as under the rule; nil for the query itself.
  func form(of event: Event) -> QuerySubject? {
    guard countsQueries, expandsQueries || countsByFilter || countsByTag else { return nil }
    return QuerySubject(
      query: expandsQueries && !event.expansion.isEmpty ? event.expansion : event.query,
      filter: countsByFilter ? event.filter : "",
      tag: countsByTag ? event.tag : ""
    )
  }
}

// SPDX-License-Identifier: Apache-2.0

import Behaviour
import HTTPServer
import JSON
import SearchIndex
import SearchService

/// Rules about what shoppers do, and their events.
extension SearchAPI {
  static let analyticsRoutes: [Route] = [
    Route(
      "GET",
      "/analytics/rules",
      "analytics/rules:list",
      "Lists the rules.",
      query: ["rule_tag"]
    ) { call in
      let tag = call.request.query["rule_tag"]
      let rules = try call.engine.events.snapshot().rules()
      return .json(.array(rules.filter { tag == nil || $0.tag == tag }.map(\.json)))
    },
    Route("GET", "/analytics/rules/:name", "analytics/rules:get", "Reads a rule.") { call in
      .json(try rule(call).json)
    },
    Route(
      "GET",
      "/analytics/rules/:name/counts",
      "analytics/rules:get",
      "Lists what a rule has counted, most first.",
      query: ["limit", "offset"]
    ) { call in
      let counts = try call.engine.events.snapshot().counts(rule: call["name"])
      return .json(try call.page(counts.map(json)))
    },
    Route(
      "POST",
      "/analytics/rules",
      "analytics/rules:create",
      "Makes a rule, or several of an array.",
      example: ruleExample,
      createRules
    ),
    Route(
      "PUT",
      "/analytics/rules/:name",
      "analytics/rules:create",
      "Makes or replaces a rule.",
      example: ruleExample
    ) { call in
      guard let given = try call.body().object else {
        throw IndexError(.invalid, "Bad JSON: send an object with the rule, or what changes of it.")
      }
      // What is not given stays as it was.
      let rules = try call.engine.events.snapshot().rules()
      let known = rules.first { $0.name == call["name"] }?.json.object ?? []
      let named = JSON.Member("name", .string(call["name"]))
      let kept = known.filter { old in old.key != "name" && !given.contains { $0.key == old.key } }
      let members = [named] + kept + given.filter { $0.key != "name" }
      let rule = try AnalyticsRule(withOwnName(.object(members), call))
      try call.engine.events.set(rule: rule)
      return .json(rule.json)
    },
    Route(
      "DELETE",
      "/analytics/rules/:name",
      "analytics/rules:delete",
      "Removes a rule."
    ) { call in
      let old = try rule(call)
      try call.engine.events.removeRule(named: old.name)
      return .json(old.json)
    },
    Route(
      "POST",
      "/analytics/events",
      "analytics/events:create",
      "Takes an event, an array of them, or one a line; on disk when answered.",
      example: ["event_type": "click", "user_id": "u1", "doc_id": "1", "collection": "products"],
      recordEvents
    ),
    Route(
      "GET",
      "/analytics/events",
      "analytics/events:list",
      "Lists a shopper's latest events.",
      query: ["user_id", "name", "n"],
      listEvents
    ),
    Route(
      "POST",
      "/analytics/flush",
      "analytics:flush",
      "Tells the rules' collections what has been counted, now rather than soon."
    ) { call in
      let problems = call.engine.tellDestinations().sorted { $0.key < $1.key }
      guard !problems.isEmpty else { return .json(["ok": true]) }
      return .json([
        "ok": false,
        "errors": .array(
          problems.map { ["rule": .string($0.key), "message": .string($0.value)] }
        ),
      ])
    },
    Route(
      "GET",
      "/analytics/status",
      "analytics:status",
      "Counts rules, and events and what was written of them since the start."
    ) { call in
      let counts = call.engine.events.counts
      let written = call.engine.destinationCounts
      let rules = try call.engine.events.snapshot().rules().count
      let refused = counts.refused.sorted { $0.key.rawValue < $1.key.rawValue }
      return .json(
        .object(
          [
            JSON.Member("rules", .int(Int64(rules))),
            JSON.Member("accepted_events", .int(Int64(counts.accepted))),
            JSON.Member("duplicate_events", .int(Int64(counts.duplicates))),
            JSON.Member("busy_events", .int(Int64(counts.busy))),
            JSON.Member("queries_written", .int(Int64(written.queries))),
            JSON.Member("queries_removed", .int(Int64(written.removedQueries))),
            JSON.Member("counters_written", .int(Int64(written.counters))),
            JSON.Member("documents_refused", .int(Int64(written.refused))),
            JSON.Member("missing_destinations", .int(Int64(written.missing))),
          ] + refused.map { JSON.Member("refused_\($0.key.rawValue)", .int(Int64($0.value))) }
        )
      )
    },
  ]

  private static func json(_ total: RuleTotal) -> JSON {
    var members = [
      JSON.Member("subject", .string(total.subject)), JSON.Member("count", .double(total.count)),
    ]
    for (key, value) in [("filter_by", total.filter), ("analytics_tag", total.tag)]
    where !value.isEmpty {
      members.append(JSON.Member(key, .string(value)))
    }
    return .object(members)
  }

  private static let ruleExample: JSON = [
    "name": "clicks", "type": "log", "collection": "products", "event_type": "click",
  ]

  private static func rule(_ call: Call) throws -> AnalyticsRule {
    let rules = try call.engine.events.snapshot().rules()
    guard let rule = rules.first(where: { $0.name == call["name"] }) else {
      throw IndexError(.notFound, "Rule not found")
    }
    return rule
  }

  @Sendable
  private static func createRules(_ call: Call) throws -> HTTPResponse {
    let body = try call.body()
    guard let list = body.array else { return .json(try add(body, call)) }
    // Of several rules each is made or refused by itself.
    return .json(
      .array(
        list.map { item in
          do { return try add(item, call) } catch {
            return ["error": .string(HTTPResponse.describe(error).message)]
          }
        }
      )
    )
  }

  /// A rule with its collection's own name in place of an alias: what shoppers do is counted under that.
  private static func withOwnName(_ rule: JSON, _ call: Call) -> JSON {
    guard let members = rule.object, let name = rule["collection"]?.string else { return rule }
    let own = JSON.Member("collection", .string(call.engine.ownName(of: name)))
    return .object(members.map { $0.key == own.key ? own : $0 })
  }

  private static func add(_ json: JSON, _ call: Call) throws -> JSON {
    let rule = try AnalyticsRule(withOwnName(json, call))
    let known = try call.engine.events.snapshot().rules()
    guard !known.contains(where: { $0.name == rule.name }) else {
      throw IndexError(.alreadyExists, "A rule with name `\(rule.name)` already exists.")
    }
    try call.engine.events.set(rule: rule)
    return rule.json
  }

  @Sendable
  private static func listEvents(_ call: Call) throws -> HTTPResponse {
    guard let user = call.request.query["user_id"], !user.isEmpty else {
      throw IndexError(.invalid, "Parameter `user_id` must be given.")
    }
    let limit = try call.integer("n") ?? 1000
    guard limit <= 1000 else { throw IndexError(.invalid, "Parameter `n` must be at most 1000.") }
    let events = try call.engine.events.snapshot().events(
      of: user,
      rule: call.request.query["name"],
      limit: limit
    )
    return .json(["events": .array(events.map { json($0) })])
  }

  /// An event as clients of the wire format read it.
  private static func json(_ event: Event) -> JSON {
    var data = [JSON.Member("user_id", .string(event.shopper))]
    let ids = event.items.map { JSON.string($0.product) }
    if ids.count == 1 { data.append(JSON.Member("doc_id", ids[0])) }
    if ids.count > 1 { data.append(JSON.Member("doc_ids", .array(ids))) }
    for (key, value) in [
      ("q", event.query), ("session_id", event.session), ("filter_by", event.filter),
      ("analytics_tag", event.tag),
    ] where !value.isEmpty {
      data.append(JSON.Member(key, .string(value)))
    }
    return [
      "name": .string(event.name), "event_type": .string(event.kind.name), "data": .object(data),
      "timestamp": .int(event.time / 1000),
    ]
  }

  @Sendable
  private static func recordEvents(_ call: Call) throws -> HTTPResponse {
    let request = call.request
    let user =
      request.headers["x-typesense-user-id"] ?? request.query["x-typesense-user-id"]
      ?? request.client
    var defaults = EventDefaults(now: Engine.now * 1000, shopper: user)
    defaults.ruleEventTypes = Dictionary(
      try call.engine.events.snapshot().rules().map { ($0.name, $0.eventType) },
      uniquingKeysWith: { $1 }
    )
    let parser = try EventParser()
    let read = request.body.withUnsafeBufferPointer { parser.parse(body: $0, defaults) }
    guard !read.isEmpty else {
      throw IndexError(.invalid, "There is no event: send an object, an array or lines of them.")
    }
    var problems = read.compactMap { if case .failure(let problem) = $0 { problem } else { nil } }
    let events = read.compactMap { try? $0.get() }.map { event in
      // As searches are counted under the collection's own name, whatever it was called.
      var event = event
      event.collection = call.engine.ownName(of: event.collection)
      return event
    }
    let outcomes = try call.engine.events.record(events)
    call.engine.events.count(refused: problems)
    problems += outcomes.compactMap { if case .refused(let problem) = $0 { problem } else { nil } }
    guard let first = problems.first else { return .json(["ok": true]) }
    // Of several events the good ones are kept; one alone is refused.
    guard read.count > 1 else { throw first }
    return .json([
      "ok": false, "accepted": .int(Int64(read.count - problems.count)),
      "errors": .array(problems.prefix(100).map { .string($0.message) }),
    ])
  }
}

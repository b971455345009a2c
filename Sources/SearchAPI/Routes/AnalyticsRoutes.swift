// SPDX-License-Identifier: Apache-2.0

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
      let rules = call.engine.settings.all(.analyticsRule).map(\.value)
      return .json(.array(rules.filter { tag == nil || $0["rule_tag"]?.string == tag }))
    },
    Route("GET", "/analytics/rules/:name", "analytics/rules:get", "Reads a rule.") { call in
      guard let rule = call.engine.settings.value(.analyticsRule, call["name"]) else {
        throw missingRule()
      }
      return .json(rule)
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
      let (name, rule) = try Analytics.rule(try call.body(), name: call["name"])
      try call.engine.settings.set(.analyticsRule, name, rule)
      return .json(rule)
    },
    Route(
      "DELETE",
      "/analytics/rules/:name",
      "analytics/rules:delete",
      "Removes a rule."
    ) { call in
      guard let rule = try call.engine.settings.remove(.analyticsRule, call["name"]) else {
        throw missingRule()
      }
      return .json(rule)
    },
    Route(
      "POST",
      "/analytics/events",
      "analytics/events:create",
      "Takes an event, or several of an array.",
      example: [
        "name": "clicks", "event_type": "click", "data": ["user_id": "u1", "doc_id": "1"],
      ],
      recordEvents
    ),
    Route(
      "GET",
      "/analytics/events",
      "analytics/events:list",
      "Lists a shopper's latest events.",
      query: ["user_id", "name", "n"]
    ) { call in
      guard let user = call.request.query["user_id"], !user.isEmpty else {
        throw IndexError(.invalid, "Parameter `user_id` must be given.")
      }
      let limit = try call.integer("n") ?? 1000
      guard limit <= 1000 else {
        throw IndexError(.invalid, "Parameter `n` must be at most 1000.")
      }
      let rule = call.request.query["name"]
      let events = try call.engine.analytics.events(user: user, rule: rule, limit: limit)
      return .json(["events": .array(events)])
    },
    Route(
      "POST",
      "/analytics/flush",
      "analytics:flush",
      "Makes all events effective; they are at once."
    ) { _ in .json(["ok": true]) },
    Route(
      "GET",
      "/analytics/status",
      "analytics:status",
      "Counts rules and events since the start."
    ) { call in .json(call.engine.analytics.status) },
  ]

  private static let ruleExample: JSON = [
    "name": "clicks", "type": "log", "collection": "products", "event_type": "click",
  ]

  private static func missingRule() -> IndexError { IndexError(.notFound, "Rule not found") }

  @Sendable
  private static func createRules(_ call: Call) throws -> HTTPResponse {
    let body = try call.body()
    guard let list = body.array else {
      let (name, rule) = try Analytics.rule(body)
      try add([(name, rule)], call)
      return .json(rule)
    }
    // Of several rules each is made or refused by itself.
    return .json(
      .array(
        list.map { item in
          do {
            let (name, rule) = try Analytics.rule(item)
            try add([(name, rule)], call)
            return rule
          } catch {
            return ["error": .string(HTTPResponse.describe(error).message)]
          }
        }
      )
    )
  }

  private static func add(_ rules: [(name: String, value: JSON)], _ call: Call) throws {
    for (name, _) in rules where call.engine.settings.value(.analyticsRule, name) != nil {
      throw IndexError(.alreadyExists, "A rule with name `\(name)` already exists.")
    }
    try call.engine.settings.set(.analyticsRule, rules)
  }

  @Sendable
  private static func recordEvents(_ call: Call) throws -> HTTPResponse {
    let request = call.request
    let user =
      request.headers["x-typesense-user-id"] ?? request.query["x-typesense-user-id"]
      ?? request.client
    let body = try call.body()
    for event in body.array ?? [body] {
      try call.engine.analytics.record(event, user: user, now: Engine.now)
    }
    return .json(["ok": true])
  }
}

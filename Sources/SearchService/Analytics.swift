// SPDX-License-Identifier: Apache-2.0

public import JSON
import Foundation
import SearchIndex
import Synchronization

/// Receives what shoppers do.
public protocol EventRecorder: Sendable {
  /// Takes one event of a rule.
  ///
  /// - Throws: ``IndexError`` if it cannot be kept.
  func record(rule: String, type: String, data: JSON, at time: Int64) throws
  /// The latest events, newest first.
  func events(user: String, rule: String?, limit: Int) throws -> [JSON]
}

/// Analytics rules and their events.
///
/// Thread-safe.
public final class Analytics: Sendable {
  private static let types = ["popular_queries", "nohits_queries", "counter", "log"]

  private let settings: SettingsStore
  private let counts = Mutex<[String: Int64]>([:])
  private let recorder = Mutex<any EventRecorder>(RecentEvents())

  init(_ settings: SettingsStore) { self.settings = settings }

  /// Sends events to another place from now on.
  public func use(_ recorder: any EventRecorder) { self.recorder.withLock { $0 = recorder } }

  /// Checks a rule and returns it as it is stored.
  ///
  /// - Throws: ``IndexError`` with code invalid that names the member and the remedy.
  public static func rule(_ json: JSON, name: String? = nil) throws -> (name: String, rule: JSON) {
    guard var members = json.object, let name = name ?? json["name"]?.string, !name.isEmpty else {
      throw IndexError(.invalid, "A rule must be an object with a `name`.")
    }
    guard let type = json["type"]?.string, types.contains(type) else {
      throw IndexError(.invalid, "`type` must be one of \(types.joined(separator: ", ")).")
    }
    guard json["collection"]?.string?.isEmpty == false else {
      throw IndexError(.invalid, "A rule needs a `collection`, a name.")
    }
    guard json["event_type"]?.string?.isEmpty == false else {
      throw IndexError(.invalid, "A rule needs an `event_type`, such as click.")
    }
    members.removeAll { $0.key == "name" }
    return (name, .object([JSON.Member("name", .string(name))] + members))
  }

  /// Takes an event as clients send it: `name` of a rule, `event_type`, `data`.
  public func record(_ event: JSON, user: String, now: Int64) throws {
    guard let name = event["name"]?.string, settings.value(.analyticsRule, name) != nil else {
      throw IndexError(.notFound, "Rule `\(event["name"]?.string ?? "")` not found.")
    }
    guard let type = event["event_type"]?.string else {
      throw IndexError(.invalid, "An event needs an `event_type`, such as click.")
    }
    guard var data = event["data"]?.object else {
      throw IndexError(.invalid, "An event needs `data`, an object.")
    }
    if !data.contains(where: { $0.key == "user_id" }) {
      data.append(JSON.Member("user_id", .string(user)))
    }
    let recorder = recorder.withLock { $0 }
    try recorder.record(rule: name, type: type, data: .object(data), at: now)
    counts.withLock { counts in
      counts["events_total", default: 0] += 1
      counts["\(Self.counted.contains(type) ? type : "other")_events", default: 0] += 1
    }
  }

  private static let counted = [
    "search", "click", "conversion", "visit", "add_to_cart", "purchase",
  ]

  /// The latest events, newest first.
  public func events(user: String, rule: String?, limit: Int) throws -> [JSON] {
    let recorder = recorder.withLock { $0 }
    return try recorder.events(user: user, rule: rule, limit: limit)
  }

  /// How many events were taken since the start, by kind.
  public var status: JSON {
    let counts = counts.withLock { $0 }.sorted { $0.key < $1.key }
    let rules = JSON.Member("rules", .int(Int64(settings.all(.analyticsRule).count)))
    return .object([rules] + counts.map { JSON.Member($0.key, .int($0.value)) })
  }
}

/// Keeps the latest events in memory.
private final class RecentEvents: EventRecorder {
  private static let limit = 10_000

  private let latest = Mutex<(events: [(user: String, rule: String, json: JSON)], next: Int)>(
    ([], 0)
  )

  func record(rule: String, type: String, data: JSON, at time: Int64) throws {
    let event: JSON = [
      "name": .string(rule), "event_type": .string(type), "data": data, "timestamp": .int(time),
    ]
    latest.withLock { latest in
      let entry = (data["user_id"]?.string ?? "", rule, event)
      if latest.events.count < Self.limit {
        latest.events.append(entry)
      } else {
        latest.events[latest.next] = entry
        latest.next = (latest.next + 1) % Self.limit
      }
    }
  }

  func events(user: String, rule: String?, limit: Int) throws -> [JSON] {
    let (events, next) = latest.withLock { $0 }
    let newestFirst = (events[next...] + events[..<next]).reversed()
    return newestFirst.lazy.filter { $0.user == user && (rule == nil || $0.rule == rule) }
      .prefix(limit).map(\.json)
  }
}

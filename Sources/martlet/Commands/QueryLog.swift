// SPDX-License-Identifier: Apache-2.0

import Behaviour
import Foundation
import JSON
import SearchService

/// Reads logs of queries.
enum QueryLog {
  /// The queries of a file in the order of their times: events as JSON lines, of which the searches are
  /// taken, or lines of shopper or session, time and query, parted by tabs; either may be compressed.
  ///
  /// - Throws: ``CommandError`` that names the first line that is neither.
  static func read(_ path: String) throws -> [LoggedQuery] {
    let parser = try EventParser()
    var queries: [LoggedQuery] = []
    var number = 0
    try TextInput.forEachLine(of: path) { line in
      number += 1
      guard let first = line.first(where: { $0 > 0x20 }) else { return }
      let found =
        first == UInt8(ascii: "{") ? try? searched(line, parser) : columns(line, number: number)
      guard let found else {
        throw CommandError(
          message: "'\(path)', line \(number): give an event as JSON, or shopper, time and query "
            + "parted by tabs."
        )
      }
      if let query = found, !Event.normalize(query: query.text).isEmpty { queries.append(query) }
    }
    // Sorting is not stable: what came first among equal times stays so by its place.
    return queries.enumerated().sorted {
      ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
    }
    .map(\.element)
  }

  /// The query of an event; nil for an event that is no search.
  private static func searched(
    _ line: UnsafeBufferPointer<UInt8>,
    _ parser: EventParser
  ) throws -> LoggedQuery? {
    if let event = try? parser.parse(line, EventDefaults(now: 0)) {
      guard event.kind == .search else { return nil }
      let shopper = event.shopper.isEmpty ? event.session : event.shopper
      return LoggedQuery(
        shopper: shopper,
        session: event.session,
        time: event.time,
        text: event.query
      )
    }
    // A log of nothing but queries need not say that they are.
    let json = try JSON(parsing: Array(line))
    if json["event_type"] != nil || json["type"] != nil || json["action_name"] != nil { return nil }
    func value(_ names: String...) -> JSON? { names.lazy.compactMap { json[$0] }.first }
    guard let text = value("q", "query", "user_query")?.string,
      let time = value("time", "timestamp").flatMap({ name(of: $0) }).flatMap({ Event.time($0) })
    else { throw CommandError(message: "This is no query.") }
    let session = value("session", "session_id").flatMap { name(of: $0) } ?? ""
    let shopper = value("user", "user_id", "shopper", "client_id").flatMap { name(of: $0) } ?? ""
    return LoggedQuery(
      shopper: shopper.isEmpty ? session : shopper,
      session: session,
      time: time,
      text: text
    )
  }

  /// A string, or a number as one.
  private static func name(of value: JSON) -> String? {
    value.string ?? value.int.map { "\($0)" } ?? value.double.map { "\($0)" }
  }

  /// Nil in the outer option for a line that cannot be read, nil in the inner one for the heading.
  private static func columns(
    _ line: UnsafeBufferPointer<UInt8>,
    number: Int
  ) -> LoggedQuery?? {
    let parts = String(decoding: line, as: UTF8.self).split(
      separator: "\t",
      omittingEmptySubsequences: false
    ).map(String.init)
    guard parts.count >= 3 else { return nil }
    guard let time = Event.time(parts[1]) else {
      let isHeading = number == 1
      return isHeading ? .some(nil) : nil
    }
    let text = parts[2].hasSuffix("\r") ? String(parts[2].dropLast()) : parts[2]
    return LoggedQuery(shopper: parts[0], time: time, text: text)
  }
}

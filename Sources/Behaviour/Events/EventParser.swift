// SPDX-License-Identifier: Apache-2.0
//
// One reader for three dialects. Typesense's analytics events hold their fields in `data`; those of
// User Behavior Insights 1.3 hold some at the top and the rest in `event_attributes`, with `object`
// and `position` inside, and its query records have `user_query`; and all may be flat. The names
// do not clash, so a field counts wherever it stands.

public import JSON

/// Reads events from JSON; reuse one for many.
///
/// One thread at a time.
public final class EventParser {
  private let parser: JSONParser

  /// Creates a parser.
  public init() throws { parser = try JSONParser() }

  /// Reads one event.
  ///
  /// - Throws: ``EventProblem`` with the reason.
  public func parse(_ bytes: UnsafeBufferPointer<UInt8>, _ defaults: EventDefaults) throws -> Event
  {
    do {
      return try parser.parse(bytes) { try Self.event($0, defaults) }
    } catch let error as JSONError {
      throw EventProblem(.badJSON, "\(error.message) Send one JSON object for each event.")
    }
  }

  /// Reads a request's body: one event, an array of them, or one event a line.
  ///
  /// Returns one result for each event in order.
  public func parse(
    body: UnsafeBufferPointer<UInt8>,
    _ defaults: EventDefaults
  ) -> [Result<Event, EventProblem>] {
    if let whole = try? parser.parse(
      body,
      { view in
        var results: [Result<Event, EventProblem>] = []
        if view.kind == .array {
          view.forEachElement { element in
            results.append(Self.attempt { try Self.event(element, defaults) })
          }
        } else {
          results.append(Self.attempt { try Self.event(view, defaults) })
        }
        return results
      }
    ) {
      return whole
    }
    return body.split(separator: 0x0A).compactMap { line in
      let line = UnsafeBufferPointer(rebasing: line)
      guard line.contains(where: { $0 > 0x20 }) else { return nil }
      return Self.attempt { try parse(line, defaults) }
    }
  }

  /// Reads one event that has been parsed already.
  public static func event(_ view: JSONView, _ defaults: EventDefaults) throws -> Event {
    guard view.kind == .object else {
      throw EventProblem(.badJSON, "An event must be a JSON object.")
    }
    var fields = EventFields(defaults)
    try fields.read(view, depth: 0)
    return try fields.event(defaults)
  }

  private static func attempt(_ body: () throws -> Event) -> Result<Event, EventProblem> {
    do {
      return .success(try body())
    } catch let problem as EventProblem {
      return .failure(problem)
    } catch {
      return .failure(EventProblem(.badJSON, "\(error)"))
    }
  }
}

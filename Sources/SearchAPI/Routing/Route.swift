// SPDX-License-Identifier: Apache-2.0

import HTTPServer
import JSON
import SearchService

/// One line of the route table.
struct Route: Sendable {
  /// Where a route runs, and what body it takes.
  enum Work: Sendable {
    /// On the thread that read it: for what is quick.
    case inline
    /// On a worker: for what writes or takes long.
    case queued
    /// On a worker, with the body in parts.
    case parts(@Sendable (Call) throws -> any HTTPBodyReader)
  }

  typealias Handler = @Sendable (Call) throws -> HTTPResponse

  let method: String
  /// As `/collections/:collection/documents`; a part after a colon takes any value.
  let path: String
  let parts: [String]
  /// What a key must allow, as `resource:verb`; nil for what needs no key.
  let action: String?
  /// One sentence for the documents.
  let summary: String
  /// Query parameters, for the documents.
  let query: [String]
  /// A body that works, for the documents; nil if none is read.
  let example: JSON?
  let work: Work
  let handler: Handler

  init(
    _ method: String,
    _ path: String,
    _ action: String?,
    _ summary: String,
    query: [String] = [],
    example: JSON? = nil,
    work: Work? = nil,
    _ handler: @escaping Handler
  ) {
    self.method = method
    self.path = path
    parts = path.split(separator: "/").map(String.init)
    self.action = action
    self.summary = summary
    self.query = query
    self.example = example
    self.work = work ?? (method == "GET" ? .inline : .queued)
    self.handler = handler
  }

  /// The path's values by name, or nil if it is another route's.
  func match(_ path: [String]) -> [String: String]? {
    guard path.count == parts.count else { return nil }
    var values: [String: String] = [:]
    for (part, text) in zip(parts, path) {
      if part.hasPrefix(":") {
        values[String(part.dropFirst())] = text
      } else if part != text {
        return nil
      }
    }
    return values
  }
}

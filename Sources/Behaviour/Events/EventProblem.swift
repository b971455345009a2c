// SPDX-License-Identifier: Apache-2.0

/// Why an event was refused.
public struct EventProblem: Error, Equatable, CustomStringConvertible, Sendable {
  /// The reasons, by which refused events are counted.
  public enum Reason: String, Sendable, CaseIterable {
    case badJSON = "bad_json"
    case missingType = "missing_type"
    case unknownRule = "unknown_rule"
    case missingShopper = "missing_shopper"
    case missingProduct = "missing_product"
    case missingQuery = "missing_query"
    case badField = "bad_field"
    case tooLong = "too_long"
    case tooOld = "too_old"
    case inFuture = "in_future"
    case optedOut = "opted_out"
  }

  /// The reason.
  public let reason: Reason
  /// What is wrong and what to send instead.
  public let message: String

  init(_ reason: Reason, _ message: String) {
    self.reason = reason
    self.message = message
  }

  /// The message.
  public var description: String { message }

  static func badField(_ name: String, _ wanted: String) -> EventProblem {
    EventProblem(.badField, "`\(name)` must be \(wanted).")
  }
}

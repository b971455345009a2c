// SPDX-License-Identifier: Apache-2.0

/// What an event is taken to say where it says nothing.
public struct EventDefaults: Sendable {
  /// When the event arrived, in milliseconds since 1970.
  public var now: Int64
  /// The shopper, such as a request's user header or address; empty if there is none.
  public var shopper = ""
  /// The collection.
  public var collection = ""
  /// The user agent of the request.
  public var agent = ""
  /// By analytics rule, the type of events that name the rule and no type; nil if events may name any.
  public var ruleEventTypes: [String: String]?

  /// Creates defaults.
  public init(now: Int64, shopper: String = "", collection: String = "", agent: String = "") {
    self.now = now
    self.shopper = shopper
    self.collection = collection
    self.agent = agent
  }
}

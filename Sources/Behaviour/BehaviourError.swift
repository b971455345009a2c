// SPDX-License-Identifier: Apache-2.0

/// Why the store of events refused or failed, with what to do about it.
public struct BehaviourError: Error, Equatable, CustomStringConvertible {
  /// The kinds of failure that callers tell apart.
  public enum Code: String, Sendable {
    case corrupt, tooOld, tooNew, busy, closed, notFound, invalid
  }

  /// What kind of failure this is.
  public let code: Code
  /// What happened and the remedy.
  public let message: String

  /// Creates an error.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The message, for logs and terminals.
  public var description: String { message }

  static func corrupt(_ what: String) -> BehaviourError {
    BehaviourError(
      .corrupt,
      "A stored \(what) is damaged: restore the data directory from a backup."
    )
  }
}

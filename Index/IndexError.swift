// SPDX-License-Identifier: Apache-2.0

/// Why the index refused or failed, with what to do about it.
public struct IndexError: Error, Equatable, CustomStringConvertible {
  /// The kinds of failure that callers tell apart.
  public enum Code: String, Sendable {
    case corrupt, tooOld, tooNew, notFound, alreadyExists, invalid, busy, full, readOnly, io
    /// Well formed, but not to be done as things are now.
    case unprocessable
  }

  /// What kind of failure this is.
  public let code: Code

  /// What happened and the remedy, in one or two sentences.
  public let message: String

  /// Creates an error.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The message, for logs and terminals.
  public var description: String { message }
}

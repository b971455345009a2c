// SPDX-License-Identifier: Apache-2.0

/// Why a curation set or rule was refused, with what to do about it.
public struct CurationError: Error, Equatable, CustomStringConvertible {
  /// The kinds of failure that callers tell apart.
  public enum Code: String, Sendable {
    case invalid, notFound, corrupt
  }

  /// What kind of failure this is.
  public let code: Code
  /// The field at fault as a path such as `items[3].rule.match`; "" if it is none.
  public let field: String
  /// What is wrong and the remedy.
  public let message: String

  /// Creates an error.
  public init(_ code: Code, field: String = "", _ message: String) {
    (self.code, self.field, self.message) = (code, field, message)
  }

  /// The message, for answers and logs.
  public var description: String { message }
}

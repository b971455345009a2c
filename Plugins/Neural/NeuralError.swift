// SPDX-License-Identifier: Apache-2.0

/// Why a model or the runtime cannot be used.
public struct NeuralError: Error, Equatable, CustomStringConvertible, Sendable {
  /// What is wrong and what to do.
  public let message: String

  /// Creates an error.
  public init(_ message: String) { self.message = message }

  /// The message.
  public var description: String { message }
}

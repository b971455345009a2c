// SPDX-License-Identifier: Apache-2.0

/// Why a plugin cannot be loaded or used.
public struct PluginError: Error, Equatable, CustomStringConvertible {
  /// What is wrong and what to do.
  public let message: String

  /// Creates an error.
  public init(_ message: String) { self.message = message }

  /// The message.
  public var description: String { message }
}

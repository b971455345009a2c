// SPDX-License-Identifier: Apache-2.0

/// Why a model could not be trained, stored or read.
public struct FilterError: Error, CustomStringConvertible, Equatable {
  /// The kinds of failure.
  public enum Kind: Sendable {
    /// The stored bytes are damaged or not a model.
    case corrupt
    /// The model is of a lower format version than is read.
    case tooOld
    /// The model is of a higher format version than is read.
    case tooNew
    /// A file could not be read or written.
    case file
    /// The interactions do not suffice.
    case input
    /// A factorisation did not converge.
    case numeric
  }

  /// What kind of failure it is.
  public let kind: Kind
  /// What happened and the remedy.
  public let description: String

  init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}

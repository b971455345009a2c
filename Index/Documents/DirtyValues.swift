// SPDX-License-Identifier: Apache-2.0

/// What is done with a value that is not of its field's type.
public enum DirtyValues: String, Sendable, CaseIterable {
  /// Make it one of the type, or refuse the document.
  case coerceOrReject = "coerce_or_reject"
  /// Make it one of the type, or leave the field out of the document.
  case coerceOrDrop = "coerce_or_drop"
  /// Leave the field out of the document.
  case drop
  /// Refuse the document.
  case reject

  var coerces: Bool { self == .coerceOrReject || self == .coerceOrDrop }
}

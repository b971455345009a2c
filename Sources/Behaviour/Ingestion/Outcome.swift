// SPDX-License-Identifier: Apache-2.0

/// What became of an event.
public enum Outcome: Equatable, Sendable {
  /// It is logged and counted, under this sequence number.
  case accepted(UInt64)
  /// It was known already and has not been counted again.
  case duplicate
  /// It was refused.
  case refused(EventProblem)
}

// SPDX-License-Identifier: Apache-2.0

/// How a plugin's score of a candidate comes about: the baseline and what each feature adds to it.
///
/// The baseline and all values together are the score. Where the plugin's model is linear in a
/// feature the value is exact; elsewhere it is a Shapley value, estimated from random orders in which
/// the features become known (Castro, Gómez and Tejada, 2009).
public struct ScoreAttribution: Equatable, Sendable {
  /// What one feature adds.
  public struct Feature: Equatable, Sendable {
    /// The feature's name.
    public var name: String
    /// What it adds to the score; below 0 if it takes away.
    public var value: Double

    /// Creates a feature's part.
    public init(name: String, value: Double) {
      self.name = name
      self.value = value
    }
  }

  /// The score of a candidate of which no feature is known.
  public var baseline: Double
  /// The features, in the plugin's order.
  public var features: [Feature]
  /// The random orders that the values are a mean of; 0 where they are exact.
  public var samples: Int

  /// Creates an attribution.
  public init(baseline: Double, features: [Feature], samples: Int) {
    self.baseline = baseline
    self.features = features
    self.samples = samples
  }
}

/// How much a stage may do to explain its scores.
public struct AttributionLimits: Equatable, Sendable {
  /// So many of the best scores are explained; 0 for none.
  public var candidates = 0
  /// The time for it, in nanoseconds.
  public var nanoseconds: UInt64 = 0

  /// Creates limits that allow nothing.
  public init() {}

  /// Creates limits.
  public init(candidates: Int, nanoseconds: UInt64) {
    self.candidates = candidates
    self.nanoseconds = nanoseconds
  }
}

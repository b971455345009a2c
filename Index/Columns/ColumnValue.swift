// SPDX-License-Identifier: Apache-2.0

/// A place on Earth, in degrees.
public struct GeoPoint: Hashable, Sendable {
  /// -90...90.
  public var latitude: Double
  /// -180...180.
  public var longitude: Double

  /// Creates a place.
  public init(latitude: Double, longitude: Double) {
    self.latitude = latitude
    self.longitude = longitude
  }
}

/// One document's values in one column; no values where the document lacks the field.
public enum ColumnValue: Equatable, Sendable {
  case integers([Int64])
  case numbers([Double])
  case strings([String])
  case places([GeoPoint])
}

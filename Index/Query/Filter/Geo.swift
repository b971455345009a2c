// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Geometry on a sphere.
enum Geo {
  /// Meters between two places (haversine, mean radius 6,371,008.8 m).
  static func distance(_ a: GeoPoint, _ b: GeoPoint) -> Double {
    let radians = Double.pi / 180
    let (lat1, lat2) = (a.latitude * radians, b.latitude * radians)
    let h =
      pow(sin((lat2 - lat1) / 2), 2)
      + cos(lat1) * cos(lat2) * pow(sin((b.longitude - a.longitude) * radians / 2), 2)
    return 2 * 6_371_008.8 * asin(min(1, h.squareRoot()))
  }

  /// Whether a polygon, its corners in order, holds a place (even-odd rule along the place's meridian).
  ///
  /// Sides are the shortest ways between corners, along great circles; those of a box whose sides follow
  /// parallels and meridians, as of a map, follow them. A side that seems to span more than 180 degrees of
  /// longitude crosses the antimeridian; one of 360 goes around the world.
  static func contains(_ corners: [GeoPoint], _ place: GeoPoint) -> Bool {
    guard let first = corners.first else { return false }
    // Longitudes go on from corner to corner, beyond 180 if they must.
    var unwrapped = [first]
    for corner in corners.dropFirst() {
      let previous = unwrapped[unwrapped.count - 1].longitude
      let step = corner.longitude - previous
      let turns = abs(step) == 360 ? 0 : (step / 360).rounded()
      unwrapped.append(
        GeoPoint(latitude: corner.latitude, longitude: corner.longitude - 360 * turns)
      )
    }
    let isBox = isBox(corners)
    var isInside = false
    var from = unwrapped[unwrapped.count - 1]
    for corner in unwrapped {
      for turn in [-360.0, 0, 360] {
        let longitude = place.longitude + turn
        if (corner.longitude > longitude) != (from.longitude > longitude),
          latitude(from, corner, at: longitude, isStraight: isBox) > place.latitude
        {
          isInside.toggle()
        }
      }
      from = corner
    }
    return isInside
  }

  /// Whether four corners have but two latitudes and two longitudes.
  private static func isBox(_ corners: [GeoPoint]) -> Bool {
    corners.count == 4 && Set(corners.map(\.latitude)).count <= 2
      && Set(corners.map(\.longitude)).count <= 2
  }

  /// Where a side meets a meridian between its ends.
  private static func latitude(
    _ a: GeoPoint,
    _ b: GeoPoint,
    at longitude: Double,
    isStraight: Bool
  ) -> Double {
    let radians = Double.pi / 180
    let span = (b.longitude - a.longitude) * radians
    // Half a turn has no single shortest way, and poles have every longitude.
    guard !isStraight, abs(span) < .pi - 1e-9, abs(a.latitude) < 90, abs(b.latitude) < 90 else {
      let share = (longitude - a.longitude) / (b.longitude - a.longitude)
      return a.latitude + share * (b.latitude - a.latitude)
    }
    let part = (longitude - a.longitude) * radians
    let slope =
      (tan(a.latitude * radians) * sin(span - part) + tan(b.latitude * radians) * sin(part))
      / sin(span)
    return atan(slope) / radians
  }
}

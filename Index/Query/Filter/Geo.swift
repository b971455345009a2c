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
    guard !corners.isEmpty else { return false }
    let unwrapped = unwrapped(corners)
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

  /// The corners with longitudes that go on from one to the next, beyond 180 if they must.
  private static func unwrapped(_ corners: [GeoPoint]) -> [GeoPoint] {
    var unwrapped = Array(corners.prefix(1))
    for (from, corner) in zip(corners, corners.dropFirst()) {
      let step = corner.longitude - from.longitude
      let turns = abs(step) == 360 ? 0 : (step / 360).rounded()
      let longitude = unwrapped[unwrapped.count - 1].longitude + step - 360 * turns
      unwrapped.append(GeoPoint(latitude: corner.latitude, longitude: longitude))
    }
    return unwrapped
  }

  /// Whether two sides of a polygon cross, as they do where its corners are out of order.
  ///
  /// - Complexity: O(*n*²) in the corners.
  static func crossesItself(_ corners: [GeoPoint]) -> Bool {
    let points = unwrapped(corners)
    /// Above 0 where `c` lies to the left of the way from `a` to `b`.
    func side(_ a: GeoPoint, _ b: GeoPoint, _ c: GeoPoint) -> Double {
      (b.longitude - a.longitude) * (c.latitude - a.latitude)
        - (b.latitude - a.latitude) * (c.longitude - a.longitude)
    }
    for first in points.indices {
      let (a, b) = (points[first], points[(first + 1) % points.count])
      for second in points.indices.dropFirst(first + 2) {
        let (c, d) = (points[second], points[(second + 1) % points.count])
        let isNeighbour = (second + 1) % points.count == first
        if !isNeighbour, side(a, b, c) * side(a, b, d) < 0, side(c, d, a) * side(c, d, b) < 0 {
          return true
        }
      }
    }
    return false
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

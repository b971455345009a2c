// SPDX-License-Identifier: Apache-2.0

/// A condition on documents, as parsed from a filter expression.
indirect enum Filter: Hashable, Sendable {
  case and([Filter])
  case or([Filter])
  case not(Filter)
  /// The field has a whole number, or a boolean as 0 or 1, in one of the ranges.
  case integers(field: String, [ClosedRange<Int64>])
  /// The field has a number in one of the ranges.
  case numbers(field: String, [NumberRange])
  /// The field has one of the values: whole (`:=`) or by word (`:`).
  case text(field: String, [TextValue], isWhole: Bool)
  /// The field lies within a distance of a place.
  case near(field: String, GeoPoint, meters: Double)
  /// The field lies in a polygon.
  case polygon(field: String, [GeoPoint])
  /// The field's own polygon holds a place.
  case covers(field: String, GeoPoint)
  /// One object at the path meets the condition, whose fields are inside it.
  case elements(path: String, Filter)
  /// The document has one of the ids.
  case ids([String])

  /// Numbers from `low` to `high`, ends included unless open.
  struct NumberRange: Hashable, Sendable {
    var low = -Double.infinity
    var high = Double.infinity
    var isLowOpen = false
    var isHighOpen = false

    @inline(__always)
    func contains(_ value: Double) -> Bool {
      (isLowOpen ? value > low : value >= low) && (isHighOpen ? value < high : value <= high)
    }
  }

  /// A text to compare with; a star after it, outside backticks, asks for what starts with it.
  struct TextValue: Hashable, Sendable {
    var text: String
    var isPrefix: Bool
  }

  /// A condition that every document meets which this one holds for some object of.
  ///
  /// Columns hold the values of all objects of an array together, so what is negated inside says nothing
  /// of the document.
  var necessary: Filter {
    switch self {
    case .and(let parts): .and(parts.map(\.necessary))
    case .or(let parts): .or(parts.map(\.necessary))
    case .not: .and([])
    case .elements(_, let inner): inner.necessary
    case .integers, .numbers, .text, .near, .polygon, .covers, .ids: self
    }
  }
}

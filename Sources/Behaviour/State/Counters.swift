// SPDX-License-Identifier: Apache-2.0

/// What was counted of a product or a query, each count halving with time.
public struct Counters: Equatable, Sendable {
  /// As of when the counts are, in seconds since 1970.
  public private(set) var time: UInt32 = 0
  /// In the order of ``Count``.
  private(set) var values = SIMD8<Float>(repeating: 0)

  /// What is counted.
  enum Count: Int {
    case searches = 0  // of a query; views of a product
    case noHits = 1  // of a query; units bought of a product
    case clicks = 2
    case carts = 3
    case purchases = 4
    case revenue = 5
    case examined = 6
    case trend = 7
  }

  init() {}

  /// Searches of a query.
  public var searches: Float { values[Count.searches.rawValue] }
  /// Views of a product.
  public var views: Float { values[Count.searches.rawValue] }
  /// Searches of a query that found nothing.
  public var noHits: Float { values[Count.noHits.rawValue] }
  /// Units bought of a product.
  public var units: Float { values[Count.noHits.rawValue] }
  /// Clicks.
  public var clicks: Float { values[Count.clicks.rawValue] }
  /// Times put into a cart.
  public var carts: Float { values[Count.carts.rawValue] }
  /// Purchases.
  public var purchases: Float { values[Count.purchases.rawValue] }
  /// Price times quantity of what was bought, in the shop's currency.
  public var revenue: Float { values[Count.revenue.rawValue] }
  /// Times shown in results, each by the chance that its position is looked at.
  public var examined: Float { values[Count.examined.rawValue] }
  /// Weighted actions of late: 1 a view, click or search, 3 a cart, 5 a purchase.
  public var trend: Float { values[Count.trend.rawValue] }
  /// What a product's events come to, in clicks: 3 a cart, 10 a purchase.
  public var popularity: Float { clicks + 3 * carts + 10 * purchases }

  /// Whether all counts are next to nothing.
  var isNone: Bool { values.max() < 1e-3 }

  private static func factors(_ seconds: Float, _ halfLives: HalfLives) -> SIMD8<Float> {
    var factors = SIMD8<Float>(repeating: Decay.factor(seconds, halfLives.popularity))
    factors[Count.trend.rawValue] = Decay.factor(seconds, halfLives.trend)
    return factors
  }

  /// Adds counts of an event at `time`; negative ones take back an earlier addition.
  mutating func add(_ added: SIMD8<Float>, at time: UInt32, _ halfLives: HalfLives) {
    if time > self.time {
      values *= Self.factors(Decay.seconds(self.time, time), halfLives)
      self.time = time
      values += added
    } else if time == self.time {
      values += added
    } else {
      values += added * Self.factors(Decay.seconds(time, self.time), halfLives)
    }
    // Taking back leaves rounding behind; a count below nothing is none.
    values.replace(with: 0, where: values .< 1e-4)
  }

  /// The counts as of a later time.
  public func at(_ time: UInt32, _ halfLives: HalfLives) -> Counters {
    guard time > self.time else { return self }
    var copy = self
    copy.values *= Self.factors(Decay.seconds(self.time, time), halfLives)
    copy.time = time
    return copy
  }

  func encode(_ writer: inout ByteWriter) {
    writer.fixed(time)
    for index in 0..<8 { writer.float(values[index]) }
  }

  init(_ reader: inout ByteReader) throws {
    time = try reader.fixed(UInt32.self)
    for index in 0..<8 { values[index] = try reader.float() }
  }
}

extension SIMD8<Float> {
  /// The one count of a kind.
  static func of(_ count: Counters.Count, _ value: Float) -> SIMD8<Float> {
    var values = SIMD8<Float>(repeating: 0)
    values[count.rawValue] = value
    return values
  }
}

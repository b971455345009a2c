// SPDX-License-Identifier: Apache-2.0

internal import Ranking

/// Features of made-up documents: sensible ones, or the worst that a column can hold.
struct MadeUpFeatures: FeatureSource {
  /// Whether values are extreme, missing and malformed rather than sensible.
  let isGarbage: Bool
  let seed: UInt64

  private static let extremes: [Double] = [
    .nan, .infinity, -.infinity, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 0, -0.0,
    .leastNonzeroMagnitude, -1, 1e18,
  ]
  private static let texts: [[UInt8]?] = [
    nil, [], Array("a".utf8), [0], [0xFF, 0xC0, 0x80], Array("日本語 текст".utf8),
    Array(repeating: 0x78, count: 5000),
  ]

  func identifiers(of keys: [UInt64]) -> TextColumn {
    text(keys.map { Array("product-\($0)".utf8) })
  }

  func column(_ request: FeatureRequest, of keys: [UInt64]) -> FeatureColumn? {
    switch request.kind {
    case .number: .numbers(keys.map(number))
    case .string: .strings(text(keys.map(string)))
    case .strings:
      .lists(
        starts: (0...keys.count).map { $0 * 2 },
        text(keys.flatMap { [string($0), string($0 &+ 1) ?? []] })
      )
    case .vector: .vectors(dimension: 64, keys.flatMap { key in (0..<64).map { vector(key, $0) } })
    }
  }

  func context(_ text: String) -> RankingContext {
    var context = RankingContext(text: text, tokens: text.split(separator: " ").map(String.init))
    context.collection = "check"
    context.unixMilliseconds = 1_700_000_000_000
    let items = WeightedList(
      (0..<20).map { "product-\($0 * 3)" },
      weights: (0..<20).map { 1 / Double($0 + 1) }
    )
    context.shopper.key = "shopper"
    context.shopper.session = items
    context.shopper.history = items
    context.shopper.interests = WeightedList(["brand:b1"], weights: [0.5])
    return context
  }

  private func mix(_ key: UInt64) -> UInt64 {
    var value = (key &+ seed) &* 0x9E37_79B9_7F4A_7C15
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    return value ^ value >> 31
  }

  private func number(_ key: UInt64) -> Double {
    isGarbage
      ? Self.extremes[Int(mix(key) % UInt64(Self.extremes.count))] : Double(mix(key) % 1000) / 10
  }

  private func string(_ key: UInt64) -> [UInt8]? {
    isGarbage
      ? Self.texts[Int(mix(key) % UInt64(Self.texts.count))] : Array("b\(mix(key) % 50)".utf8)
  }

  private func vector(_ key: UInt64, _ place: Int) -> Float {
    isGarbage
      ? Float(number(key &+ UInt64(place))) : Float(mix(key &+ UInt64(place)) % 200) / 100 - 1
  }

  private func text(_ values: [[UInt8]?]) -> TextColumn {
    var column = TextColumn()
    for value in values {
      if let value { column.append(value) } else { column.appendMissing() }
    }
    return column
  }
}

// SPDX-License-Identifier: Apache-2.0

/// What is kept of a query: counts, and some of the shoppers who sent it.
struct QueryState {
  /// The most shoppers that are told apart; more are "many".
  static let mostShoppers = 32

  var counters = Counters()
  /// Searches ever, which do not decay.
  private(set) var searches: Float = 0
  /// Hashes of distinct shoppers.
  private(set) var shoppers: [UInt64] = []

  init() {}

  /// Counts a search, or with `sign` -1 takes it back.
  mutating func count(_ sign: Float, hasNoHits: Bool, at time: UInt32, _ halfLives: HalfLives) {
    var added: SIMD8<Float> = .of(.searches, sign) + .of(.trend, sign)
    if hasNoHits { added += .of(.noHits, sign) }
    counters.add(added, at: time, halfLives)
    searches = max(0, searches + sign)
  }

  mutating func met(_ shopper: UInt64, atMost limit: Int) {
    guard shoppers.count < limit, !shoppers.contains(shopper) else { return }
    shoppers.append(shopper)
  }

  /// Whether nobody is known to have sent it, and no count is left.
  var isEmpty: Bool { shoppers.isEmpty && counters.isNone }

  mutating func forget(_ shopper: UInt64) { shoppers.removeAll { $0 == shopper } }

  var bytes: [UInt8] {
    var writer = ByteWriter(capacity: 40 + 8 * shoppers.count)
    counters.encode(&writer)
    writer.float(searches)
    for shopper in shoppers { writer.fixed(shopper) }
    return writer.bytes
  }

  init(_ bytes: UnsafeRawBufferPointer) throws {
    var reader = ByteReader(bytes, "record of a query")
    counters = try Counters(&reader)
    // Records of before there was this count have eight bytes a shopper behind their counters.
    searches = bytes.count % 8 == 0 ? try reader.float() : counters.searches
    while !reader.isAtEnd, shoppers.count < Self.mostShoppers {
      shoppers.append(try reader.fixed(UInt64.self))
    }
  }
}

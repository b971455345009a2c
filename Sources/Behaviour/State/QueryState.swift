// SPDX-License-Identifier: Apache-2.0

/// What is kept of a query: counts, and some of the shoppers who sent it.
struct QueryState {
  /// The most shoppers that are told apart; more are "many".
  static let mostShoppers = 32

  var counters = Counters()
  /// Hashes of distinct shoppers.
  private(set) var shoppers: [UInt64] = []

  init() {}

  mutating func met(_ shopper: UInt64, atMost limit: Int) {
    guard shoppers.count < limit, !shoppers.contains(shopper) else { return }
    shoppers.append(shopper)
  }

  /// Whether nobody is known to have sent it, and no count is left.
  var isEmpty: Bool { shoppers.isEmpty && counters.isNone }

  mutating func forget(_ shopper: UInt64) { shoppers.removeAll { $0 == shopper } }

  var bytes: [UInt8] {
    var writer = ByteWriter(capacity: 36 + 8 * shoppers.count)
    counters.encode(&writer)
    for shopper in shoppers { writer.fixed(shopper) }
    return writer.bytes
  }

  init(_ bytes: UnsafeRawBufferPointer) throws {
    var reader = ByteReader(bytes, "record of a query")
    counters = try Counters(&reader)
    while !reader.isAtEnd, shoppers.count < Self.mostShoppers {
      shoppers.append(try reader.fixed(UInt64.self))
    }
  }
}

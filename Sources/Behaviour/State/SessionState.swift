// SPDX-License-Identifier: Apache-2.0

/// What a shopper has done since a pause, or under one id of a session; bounded.
struct SessionState {
  /// The most products and queries kept.
  static let mostItems = 12
  static let mostQueries = 6

  /// A product, and which kinds of events it has had: a bit for each kind's number.
  struct Item {
    var product: UInt32
    var kinds: UInt8
  }

  /// A query, when it was last sent in milliseconds since 1970, and whether it was counted.
  struct Query {
    var query: UInt32
    var time: Int64
    var isCounted: Bool
  }

  /// The hashed id; 0 for the session that goes by pauses.
  var id: UInt64
  /// Milliseconds since 1970.
  var last: Int64
  /// The latest last.
  var items: [Item] = []
  /// The latest last.
  var queries: [Query] = []

  init(id: UInt64, last: Int64) {
    self.id = id
    self.last = last
  }

  /// Notes an event; returns whether its kind is new for the product, and whether the product is.
  mutating func met(_ product: UInt32, _ kind: Event.Kind) -> (isNewKind: Bool, isNew: Bool) {
    let bit: UInt8 = 1 << (kind.rawValue & 7)
    if let index = items.firstIndex(where: { $0.product == product }) {
      var item = items.remove(at: index)
      let isNewKind = item.kinds & bit == 0
      item.kinds |= bit
      items.append(item)
      return (isNewKind, false)
    }
    if items.count >= Self.mostItems { items.removeFirst() }
    items.append(Item(product: product, kinds: bit))
    return (true, true)
  }

  func encode(_ writer: inout ByteWriter) {
    writer.fixed(id)
    writer.varint(last)
    writer.varint(items.count)
    for item in items {
      writer.varint(item.product)
      writer.fixed(item.kinds)
    }
    writer.varint(queries.count)
    for query in queries {
      writer.varint(query.query)
      writer.varint(query.time)
      writer.fixed(query.isCounted ? UInt8(1) : 0)
    }
  }

  init(_ reader: inout ByteReader) throws {
    id = try reader.fixed(UInt64.self)
    last = Int64(truncatingIfNeeded: try reader.varint())
    for _ in 0..<(try reader.count()) {
      items.append(Item(product: try reader.number(), kinds: try reader.fixed(UInt8.self)))
    }
    for _ in 0..<(try reader.count()) {
      queries.append(
        Query(
          query: try reader.number(),
          time: Int64(truncatingIfNeeded: try reader.varint()),
          isCounted: try reader.fixed(UInt8.self) != 0
        )
      )
    }
  }
}

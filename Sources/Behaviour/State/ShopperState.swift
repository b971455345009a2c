// SPDX-License-Identifier: Apache-2.0

/// What is kept of one shopper; bounded.
struct ShopperState {
  static let mostRecent = 50
  static let mostBought = 16
  static let mostSessions = 3
  static let mostQueries = 24

  /// A product that the shopper acted on.
  struct Recent {
    var product: UInt32
    /// Seconds since 1970.
    var time: UInt32
    /// A bit for each kind of event.
    var kinds: UInt8
    /// The query that led to it; 0 if none.
    var query: UInt32
  }

  /// Whether nothing but this flag is kept.
  var isOptedOut = false
  /// The sequence number of the latest event in the log; 0 if none.
  var head: UInt64 = 0
  /// When the latest event was, in milliseconds since 1970.
  var last: Int64 = 0
  var habits = Habits()
  /// The latest last.
  var recent: [Recent] = []
  /// Products bought and when, in seconds since 1970, the latest last.
  var bought: [(product: UInt32, time: UInt32)] = []
  var categories = Affinities()
  var brands = Affinities()
  var price = PriceAffinity()
  /// The latest last.
  var sessions: [SessionState] = []
  /// Queries sent, across sessions.
  var queries = Neighbours()

  init() {}

  /// Milliseconds of quiet that end a session: of one without an id sooner.
  private static func pause(_ id: UInt64) -> Int64 { id == 0 ? 30 * 60_000 : 12 * 3_600_000 }

  /// The latest session, if it is not over at a time in seconds since 1970.
  func currentSession(at time: UInt32) -> SessionState? {
    sessions.last.flatMap { Int64(time) * 1000 - $0.last <= Self.pause($0.id) ? $0 : nil }
  }

  /// Takes out the session of an id, a new one if there is none or it has been quiet for long.
  mutating func takeSession(_ id: UInt64, at time: Int64) -> SessionState {
    let pause = Self.pause(id)
    if let index = sessions.firstIndex(where: { $0.id == id }) {
      let session = sessions.remove(at: index)
      if time - session.last <= pause { return session }
    }
    return SessionState(id: id, last: time)
  }

  /// Puts a session back as the latest; returns the id of the one that had to go, 0 if none had.
  mutating func put(_ session: SessionState) -> UInt64 {
    sessions.append(session)
    return sessions.count > Self.mostSessions ? sessions.removeFirst().id : 0
  }

  mutating func note(_ product: UInt32, _ kind: Event.Kind, query: UInt32, at time: UInt32) {
    let bit: UInt8 = 1 << (kind.rawValue & 7)
    var entry = Recent(product: product, time: time, kinds: bit, query: query)
    if let index = recent.firstIndex(where: { $0.product == product }) {
      let known = recent.remove(at: index)
      entry.kinds |= known.kinds
      if query == 0 { entry.query = known.query }
    } else if recent.count >= Self.mostRecent {
      recent.removeFirst()
    }
    recent.append(entry)
  }

  var bytes: [UInt8] {
    var writer = ByteWriter(capacity: 1024)
    writer.fixed(isOptedOut ? UInt8(1) : 0)
    writer.varint(head)
    writer.varint(last)
    habits.encode(&writer)
    writer.varint(recent.count)
    for entry in recent {
      writer.varint(entry.product)
      writer.fixed(entry.time)
      writer.fixed(entry.kinds)
      writer.varint(entry.query)
    }
    writer.varint(bought.count)
    for entry in bought {
      writer.varint(entry.product)
      writer.fixed(entry.time)
    }
    categories.encode(&writer)
    brands.encode(&writer)
    price.encode(&writer)
    writer.varint(sessions.count)
    for session in sessions { session.encode(&writer) }
    return writer.bytes + queries.bytes
  }

  init(_ bytes: UnsafeRawBufferPointer) throws {
    var reader = ByteReader(bytes, "profile of a shopper")
    isOptedOut = try reader.fixed(UInt8.self) != 0
    head = try reader.varint()
    last = Int64(truncatingIfNeeded: try reader.varint())
    habits = try Habits(&reader)
    for _ in 0..<(try reader.count()) {
      recent.append(
        Recent(
          product: try reader.number(),
          time: try reader.fixed(UInt32.self),
          kinds: try reader.fixed(UInt8.self),
          query: try reader.number()
        )
      )
    }
    for _ in 0..<(try reader.count()) {
      bought.append((try reader.number(), try reader.fixed(UInt32.self)))
    }
    categories = try Affinities(&reader)
    brands = try Affinities(&reader)
    price = try PriceAffinity(&reader)
    for _ in 0..<(try reader.count()) { sessions.append(try SessionState(&reader)) }
    queries = try Neighbours(reader.rest)
  }
}

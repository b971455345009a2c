// SPDX-License-Identifier: Apache-2.0

/// One event as the log keeps it: what it said, in numbers, and what it was counted as.
///
/// The second half makes a record complete in itself: its effect can be taken back, when a shopper
/// is forgotten or found to be a bot, without knowing what came before it.
struct LogRecord {
  /// Properties of a record.
  struct Flags: OptionSet {
    let rawValue: UInt8
    /// The event moves counts: it is no repetition within a session.
    static let counted = Flags(rawValue: 1)
    /// The event counts for nothing, since its shopper is a bot.
    static let excluded = Flags(rawValue: 2)
    /// The sender told the time.
    static let ownTime = Flags(rawValue: 4)
    /// A search's items are all that it showed.
    static let hasResults = Flags(rawValue: 8)
    /// What the search showed is not known, so a click also stands for having been shown.
    static let unseen = Flags(rawValue: 16)
    /// Only the link to the shopper's event before is left.
    static let expired = Flags(rawValue: 32)
    /// The record says by what its rules counted it.
    static let hasSubjects = Flags(rawValue: 64)
  }

  /// A product by number.
  struct Item {
    var product: UInt32
    var price: Float
    var quantity: UInt32
    /// The query that led to it; 0 if none.
    var query: UInt32
  }

  var flags: Flags = []
  var kind = Event.Kind.custom
  /// The sequence number of the shopper's event before; 0 if none.
  var previous: UInt64 = 0
  /// The hashed id of the shopper.
  var shopper: UInt64 = 0
  /// The hashed id of the session; 0 if it had none.
  var session: UInt64 = 0
  /// Milliseconds since 1970.
  var time: Int64 = 0
  var collection: UInt32 = 0
  var query: UInt32 = 0
  var position: UInt32 = 0
  var items: [Item] = []
  var category: UInt32 = 0
  var brand: UInt32 = 0
  var id = ""
  var queryID = ""
  var name = ""

  // What it was counted as.

  /// Products that the items are neighbours of.
  var partners: [UInt32] = []
  /// The query before in the session; 0 if none.
  var fromQuery: UInt32 = 0
  /// The search that this one is the continuation of in typing, whose count it takes; 0 if none.
  var collapsed: UInt32 = 0
  /// The analytics rules that count it.
  var rules: [UInt32] = []
  /// What each of them counts it as: the number of its query or of a form of that.
  var subjects: [UInt32] = []
  /// What rules had counted the search that this one continues as, and take back: rule and subject.
  var withdrawn: [(rule: UInt32, subject: UInt32)] = []
  /// The filter of an event that names a rule; empty for others.
  var filter = ""
  /// The tag of an event that names a rule; empty for others.
  var tag = ""

  /// Seconds since 1970.
  var seconds: UInt32 { UInt32(clamping: time / 1000) }

  init() {}

  var bytes: [UInt8] {
    var writer = ByteWriter(capacity: 192)
    writer.fixed(flags.rawValue)
    writer.varint(previous)
    if flags.contains(.expired) { return writer.bytes }
    writer.fixed(kind.rawValue)
    writer.fixed(shopper)
    writer.fixed(session)
    writer.varint(time)
    for number in [collection, query, position, category, brand, fromQuery, collapsed] {
      writer.varint(number)
    }
    writer.string(id)
    writer.string(queryID)
    writer.string(name)
    writer.varint(items.count)
    for item in items {
      writer.varint(item.product)
      // Most items have no price and stand alone: one byte says so.
      let isPlain = item.price == 0 && item.quantity == 1 && item.query == query
      writer.fixed(isPlain ? UInt8(0) : 1)
      if !isPlain {
        writer.float(item.price)
        writer.varint(item.quantity)
        writer.varint(item.query)
      }
    }
    for list in [partners, rules] {
      writer.varint(list.count)
      for number in list { writer.varint(number) }
    }
    guard flags.contains(.hasSubjects) else { return writer.bytes }
    for list in [subjects, withdrawn.flatMap { [$0.rule, $0.subject] }] {
      writer.varint(list.count)
      for number in list { writer.varint(number) }
    }
    writer.string(filter)
    writer.string(tag)
    return writer.bytes
  }

  init(_ bytes: UnsafeRawBufferPointer) throws {
    var reader = ByteReader(bytes, "event of the log")
    flags = Flags(rawValue: try reader.fixed(UInt8.self))
    previous = try reader.varint()
    if flags.contains(.expired) { return }
    guard let kind = Event.Kind(rawValue: try reader.fixed(UInt8.self)) else {
      throw reader.damaged
    }
    self.kind = kind
    shopper = try reader.fixed(UInt64.self)
    session = try reader.fixed(UInt64.self)
    time = Int64(truncatingIfNeeded: try reader.varint())
    collection = try reader.number()
    query = try reader.number()
    position = try reader.number()
    category = try reader.number()
    brand = try reader.number()
    fromQuery = try reader.number()
    collapsed = try reader.number()
    id = try reader.string()
    queryID = try reader.string()
    name = try reader.string()
    let count = try reader.count()
    items.reserveCapacity(count)
    for _ in 0..<count {
      var item = Item(product: try reader.number(), price: 0, quantity: 1, query: query)
      if try reader.fixed(UInt8.self) != 0 {
        item.price = try reader.float()
        item.quantity = try reader.number()
        item.query = try reader.number()
      }
      items.append(item)
    }
    for _ in 0..<(try reader.count()) { partners.append(try reader.number()) }
    for _ in 0..<(try reader.count()) { rules.append(try reader.number()) }
    guard flags.contains(.hasSubjects) else {
      readOldSubjects()
      return
    }
    for _ in 0..<(try reader.count()) { subjects.append(try reader.number()) }
    var pairs: [UInt32] = []
    for _ in 0..<(try reader.count()) { pairs.append(try reader.number()) }
    guard subjects.count == rules.count, pairs.count % 2 == 0 else { throw reader.damaged }
    withdrawn = stride(from: 0, to: pairs.count, by: 2).map { (pairs[$0], pairs[$0 + 1]) }
    filter = try reader.string()
    tag = try reader.string()
  }

  /// What records of before there were subjects say of them: rules counted queries as they were sent.
  private mutating func readOldSubjects() {
    subjects = rules.map { _ in query }
    if collapsed != 0 { withdrawn = rules.map { ($0, collapsed) } }
  }
}

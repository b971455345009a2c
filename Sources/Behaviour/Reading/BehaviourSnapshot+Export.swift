// SPDX-License-Identifier: Apache-2.0

public import JSON
import LMDBStore

extension BehaviourSnapshot {
  /// Every event of the log, in the order of arrival; shoppers and sessions by their hashes.
  ///
  /// `isExcluded`: Whether the event counts for nothing, since its shopper is a bot.
  public func forEachEvent(_ body: (Event, _ isExcluded: Bool) throws -> Void) throws {
    try transaction.walk(tables.log, from: []) { _, value in
      let record = try LogRecord(value)
      if !record.flags.contains(.expired) {
        let shopper = String(record.shopper, radix: 16)
        try body(try event(record, shopper: shopper), record.flags.contains(.excluded))
      }
      return true
    }
  }

  /// The event of a record.
  func event(_ record: LogRecord, shopper: String) throws -> Event {
    func text(_ kind: NameKind, _ number: UInt32) throws -> String {
      number == 0 ? "" : try Name(kind, number, transaction, tables)?.text ?? ""
    }
    var event = Event(record.kind, shopper: shopper, time: record.time)
    event.id = record.id
    event.session = record.session == 0 ? "" : String(record.session, radix: 16)
    event.collection = try text(.collection, record.collection)
    event.query = try text(.query, record.query)
    event.queryID = record.queryID
    event.hasOwnTime = record.flags.contains(.ownTime)
    event.hasResults = record.kind == .search && record.flags.contains(.hasResults)
    event.position = Int(record.position)
    event.name = record.name
    event.category = try text(.category, record.category)
    event.brand = try text(.brand, record.brand)
    (event.filter, event.tag) = (record.filter, record.tag)
    event.items = try record.items.map {
      Event.Item(try text(.product, $0.product), price: $0.price, quantity: $0.quantity)
    }
    return event
  }
}

extension Event {
  /// The event in the form that ``EventParser`` reads.
  public var json: JSON {
    var members: [JSON.Member] = []
    func add(_ key: String, _ value: String) {
      if !value.isEmpty { members.append(JSON.Member(key, .string(value))) }
    }
    add("id", id)
    if kind != .custom {
      add("event_type", kind.name)
    } else {
      add("event_type", EventFields.kinds[name] == nil && !name.isEmpty ? name : "custom")
    }
    add("name", name)
    add("user_id", shopper)
    add("session_id", session)
    add("collection", collection)
    members.append(JSON.Member("timestamp", .string(Timestamp.iso(time))))
    add("q", query)
    add("query_id", queryID)
    add("filter_by", filter)
    add("analytics_tag", tag)
    if position > 0 { members.append(JSON.Member("position", .int(Int64(position)))) }
    add("category", category)
    add("brand", brand)
    if kind == .search {
      let ids = items.map { JSON.string($0.product) }
      if hasResults || !ids.isEmpty { members.append(JSON.Member("hit_ids", .array(ids))) }
    } else if !items.isEmpty {
      members.append(JSON.Member("items", .array(items.map(\.json))))
    }
    return .object(members)
  }
}

extension Event.Item {
  fileprivate var json: JSON {
    var members = [JSON.Member("doc_id", .string(product))]
    if price > 0 { members.append(JSON.Member("price", .double(Double(price)))) }
    if quantity > 1 { members.append(JSON.Member("quantity", .int(Int64(quantity)))) }
    return .object(members)
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import CRankingPlugin

/// An item of the shopper's lists.
public struct WeightedItem: Equatable, Sendable {
  /// A document's identifier, or an interest's name.
  public var name: String
  /// 0 or more.
  public var weight: Double
}

/// One query; valid inside the call.
public struct PluginQuery {
  let query: UnsafePointer<rp_query>

  /// The query as typed.
  public var text: String { query.pointee.text.string ?? "" }
  /// Its words as the index knows them.
  public var tokens: [String] {
    (0..<Int(query.pointee.token_count)).map { query.pointee.tokens[$0].string ?? "" }
  }
  /// The collection's name.
  public var collection: String { query.pointee.collection.string ?? "" }
  /// The time of the query, milliseconds since 1970.
  public var unixMilliseconds: Int64 { query.pointee.unix_time_ms }
  /// When the answer must be there, nanoseconds of the monotonic clock.
  public var deadline: UInt64 { query.pointee.deadline_ns }
  /// Whether the answer is no longer wanted: look every 64 candidates or so.
  public var isOver: Bool { query.pointee.cancel.pointee != 0 }
  /// What `begin` returned.
  public var state: AnyObject? {
    query.pointee.state.map { Unmanaged<AnyObject>.fromOpaque($0).takeUnretainedValue() }
  }

  /// The shopper as a keyed hash; empty if unknown.
  public var shopper: String { query.pointee.shopper.pointee.key.string ?? "" }
  /// Products of this session, most recent first.
  public var session: [WeightedItem] {
    let shopper = query.pointee.shopper.pointee
    return items(shopper.session_items, shopper.session_weights, shopper.session_count)
  }
  /// Products of the shopper's history, most recent first.
  public var history: [WeightedItem] {
    let shopper = query.pointee.shopper.pointee
    return items(shopper.profile_items, shopper.profile_weights, shopper.profile_count)
  }
  /// The shopper's interests, such as "brand:bosch".
  public var interests: [WeightedItem] {
    let shopper = query.pointee.shopper.pointee
    return items(shopper.interests, shopper.interest_weights, shopper.interest_count)
  }

  private func items(
    _ names: UnsafePointer<rp_string>?,
    _ weights: UnsafePointer<Double>?,
    _ count: UInt64
  ) -> [WeightedItem] {
    guard let names, let weights else { return [] }
    return (0..<Int(count)).map {
      WeightedItem(name: names[$0].string ?? "", weight: weights[$0])
    }
  }
}

extension rp_string {
  var string: String? {
    data.map {
      String(decoding: UnsafeRawBufferPointer(start: $0, count: Int(size)), as: UTF8.self)
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

/// Something that a shopper did.
public struct Event: Equatable, Sendable {
  /// What was done.
  public enum Kind: UInt8, Sendable, CaseIterable {
    case search = 1
    case impression, view, click, addToCart, purchase, custom

    /// The name in events' JSON.
    public var name: String {
      switch self {
      case .search: "search"
      case .impression: "impression"
      case .view: "view"
      case .click: "click"
      case .addToCart: "add_to_cart"
      case .purchase: "purchase"
      case .custom: "custom"
      }
    }
  }

  /// A product that the event is about, or one that a search showed.
  public struct Item: Equatable, Sendable {
    /// The document's id.
    public var product: String
    /// The price of one, in the shop's currency; 0 if not told.
    public var price: Float
    /// How many, at least 1.
    public var quantity: UInt32

    /// Creates an item.
    public init(_ product: String, price: Float = 0, quantity: UInt32 = 1) {
      self.product = product
      self.price = price
      self.quantity = quantity
    }
  }

  /// The most products that one event names; a search keeps as many of its results from the top.
  public static let mostItems = 50

  /// What was done.
  public var kind: Kind
  /// The event's own id, by which a repetition is known; empty if it has none.
  public var id = ""
  /// The shopper's id as the shop knows it; it is hashed before anything is stored.
  public var shopper: String
  /// The session's id; empty if sessions are to be told apart by pauses.
  public var session = ""
  /// The collection of the products and queries.
  public var collection = ""
  /// The products: what was acted on, or a search's results in the order shown.
  public var items: [Item] = []
  /// The normalised query; empty if there is none.
  public var query = ""
  /// The id of the search that the event follows from; empty if there is none.
  public var queryID = ""
  /// When it was done, in milliseconds since 1970.
  public var time: Int64
  /// Whether the sender told the time, rather than the receiver.
  public var hasOwnTime = false
  /// The first item's place in the results, from 1; 0 if not told.
  public var position = 0
  /// Whether ``items`` of a search are all that it showed, so that none means no hit.
  public var hasResults = false
  /// The rule that the event is for, or the name of a custom event.
  public var name = ""
  /// The product's category; empty if not told.
  public var category = ""
  /// The product's brand; empty if not told.
  public var brand = ""
  /// The user agent; empty if not told.
  public var agent = ""
  /// The filter that a search was sent with; empty if it had none.
  public var filter = ""
  /// What the shop tells its searches apart by; empty if not told.
  public var tag = ""
  /// The normalised query with its unfinished word as the best hit has it; empty if not known.
  public var expansion = ""

  /// Creates an event.
  public init(_ kind: Kind, shopper: String, time: Int64) {
    self.kind = kind
    self.shopper = shopper
    self.time = time
  }
}

extension Event {
  /// A query as events count it: lower case, single spaces, at most 256 bytes of UTF-8.
  public static func normalize(query: String) -> String {
    if isNormal(query) { return query }
    let lowered = query.lowercased()
    var result = ""
    for word in lowered.split(whereSeparator: { $0.isWhitespace || $0 == "\0" }) {
      let added = (result.isEmpty ? 0 : 1) + word.utf8.count
      guard result.utf8.count + added <= 256 else {
        if result.isEmpty { result = String(word.prefix(64).unicodeScalars.prefix(64)) }
        break
      }
      if !result.isEmpty { result += " " }
      result += word
    }
    return result
  }

  /// Whether a query is plain ASCII that normalising would leave as it is, as most are.
  private static func isNormal(_ query: String) -> Bool {
    guard query.utf8.count <= 256 else { return false }
    var previous = UInt8(ascii: " ")
    for byte in query.utf8 {
      let isBreak = byte == UInt8(ascii: " ") && previous == byte
      guard byte >= 0x20, byte < 0x7F, !(0x41...0x5A).contains(byte), !isBreak else { return false }
      previous = byte
    }
    return previous != UInt8(ascii: " ")
  }
}

// SPDX-License-Identifier: Apache-2.0
//
// Bots are told by what shoppers do not do:
//   - many events in one minute, or in one hour;
//   - many products looked at in a row, with no search, no cart and no purchase;
//   - many events in a row at the same interval, to within a tenth.
// And by their user agent, where it is told. A bot's events are logged and count for nothing; what
// it did in the week before it was found out is taken back.

/// When events do not come from a person.
public struct BotPolicy: Sendable {
  /// Events within a minute that make a bot.
  public var mostPerMinute: UInt32 = 120
  /// Events within an hour that make a bot.
  public var mostPerHour: UInt32 = 1200
  /// Products looked at with no search, cart, purchase or half a day's pause that make a bot.
  public var mostViewsWithoutPurpose: UInt32 = 300
  /// Events in a row at equal intervals of half a second or more that make a bot.
  public var mostEqualIntervals: UInt32 = 25
  /// Milliseconds without an event after which a bot is taken for a person again.
  public var quiet: Int64 = 86_400_000

  /// The defaults.
  public init() {}

  /// Words in a user agent that make a bot, in lower case.
  static let agents = [
    "bot", "crawler", "spider", "slurp", "headless", "python-requests", "curl/", "wget/", "scrapy",
    "httpclient", "go-http", "phantomjs", "selenium", "puppeteer", "playwright",
  ]

  static func isBot(agent: String) -> Bool {
    guard !agent.isEmpty else { return false }
    let lowered = agent.lowercased()
    return agents.contains { lowered.contains($0) }
  }
}

/// Counts events in a window that slides: of the period before, the part that is still inside is
/// taken to be proportional.
struct SlidingCount {
  private var period: UInt32 = 0
  private var before: UInt32 = 0
  private var now: UInt32 = 0

  init() {}

  /// Counts an event at a time, and returns how many there were in the `length` before; both are in
  /// milliseconds.
  mutating func add(at time: Int64, length: Int64) -> Double {
    let current = UInt32(clamping: time / length)
    if current != period {
      before = period != 0 && current == period &+ 1 ? now : 0
      (period, now) = (current, 0)
    }
    now &+= 1
    let inside = 1 - Double(time % length) / Double(length)
    return Double(now) + Double(before) * inside
  }

  func encode(_ writer: inout ByteWriter) {
    for value in [period, before, now] { writer.varint(value) }
  }

  init(_ reader: inout ByteReader) throws {
    period = try reader.number()
    before = try reader.number()
    now = try reader.number()
  }
}

/// What of a shopper's ways is watched for bots.
struct Habits {
  private(set) var isBot = false
  private var minute = SlidingCount()
  private var hour = SlidingCount()
  /// Products looked at since the last search, cart, purchase or half a day's pause.
  private var views: UInt32 = 0
  private var gap: UInt32 = 0
  private var equalGaps: UInt32 = 0

  init() {}

  /// Notes an event; returns whether the shopper has become a bot by it.
  ///
  /// `last`: When the event before was, in milliseconds since 1970; 0 if there was none.
  mutating func note(_ event: Event, last: Int64, _ policy: BotPolicy) -> Bool {
    if isBot, event.time - last > policy.quiet { self = Habits() }
    let wasBot = isBot
    // A page of results sends an impression for each product at once, as people do.
    if event.kind != .impression { count(event, last, policy) }
    if BotPolicy.isBot(agent: event.agent) { isBot = true }
    return isBot && !wasBot
  }

  private mutating func count(_ event: Event, _ last: Int64, _ policy: BotPolicy) {
    let interval = last == 0 ? 0 : max(0, event.time - last)
    if interval > 43_200_000 { views = 0 }
    switch event.kind {
    case .view, .click: views &+= 1
    case .search, .addToCart, .purchase: views = 0
    case .impression, .custom: break
    }
    let isEqual = abs(interval - Int64(gap)) * 10 <= Int64(gap) && interval >= 500
    equalGaps = isEqual ? equalGaps &+ 1 : 0
    gap = UInt32(clamping: interval)
    let inMinute = minute.add(at: event.time, length: 60_000)
    let inHour = hour.add(at: event.time, length: 3_600_000)
    if inMinute > Double(policy.mostPerMinute) || inHour > Double(policy.mostPerHour)
      || views > policy.mostViewsWithoutPurpose || equalGaps >= policy.mostEqualIntervals
    {
      isBot = true
    }
  }

  func encode(_ writer: inout ByteWriter) {
    writer.fixed(isBot ? UInt8(1) : 0)
    minute.encode(&writer)
    hour.encode(&writer)
    for value in [views, gap, equalGaps] { writer.varint(value) }
  }

  init(_ reader: inout ByteReader) throws {
    isBot = try reader.fixed(UInt8.self) != 0
    minute = try SlidingCount(&reader)
    hour = try SlidingCount(&reader)
    views = try reader.number()
    gap = try reader.number()
    equalGaps = try reader.number()
  }
}

// SPDX-License-Identifier: Apache-2.0
//
// Bots are told by what shoppers do not do:
//   - many events in one minute, or in one hour;
//   - many products looked at within a day, with no search, no cart and no purchase;
//   - many events in a row at the same interval, to within a tenth.
// And by their user agent, where it is told. A bot's events are logged and count for nothing; what
// it did in the week before it was found out is taken back.

/// When events do not come from a person.
public struct BotPolicy: Sendable {
  /// Events within a minute that make a bot.
  public var mostPerMinute: UInt32 = 120
  /// Events within an hour that make a bot.
  public var mostPerHour: UInt32 = 1200
  /// Products looked at in a day with no search, cart or purchase that make a bot.
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

/// What of a shopper's ways is watched for bots.
struct Habits {
  private(set) var isBot = false
  private var minute: UInt32 = 0
  private var inMinute: UInt32 = 0
  private var hour: UInt32 = 0
  private var inHour: UInt32 = 0
  private var day: UInt32 = 0
  private var views: UInt32 = 0
  private var purposes: UInt32 = 0
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
    func period(_ length: Int64) -> UInt32 { UInt32(truncatingIfNeeded: event.time / length) }
    if minute != period(60_000) { (minute, inMinute) = (period(60_000), 0) }
    if hour != period(3_600_000) { (hour, inHour) = (period(3_600_000), 0) }
    if day != period(86_400_000) { (day, views, purposes) = (period(86_400_000), 0, 0) }
    inMinute += 1
    inHour += 1
    switch event.kind {
    case .view, .click: views += 1
    case .search, .addToCart, .purchase: purposes += 1
    case .impression, .custom: break
    }
    let interval = last == 0 ? 0 : max(0, event.time - last)
    let isEqual = abs(interval - Int64(gap)) * 10 <= Int64(gap) && interval >= 500
    equalGaps = isEqual ? equalGaps + 1 : 0
    gap = UInt32(clamping: interval)
    if inMinute > policy.mostPerMinute || inHour > policy.mostPerHour
      || (purposes == 0 && views > policy.mostViewsWithoutPurpose)
      || equalGaps >= policy.mostEqualIntervals
    {
      isBot = true
    }
  }

  func encode(_ writer: inout ByteWriter) {
    writer.fixed(isBot ? UInt8(1) : 0)
    for value in [minute, inMinute, hour, inHour, day, views, purposes, gap, equalGaps] {
      writer.varint(value)
    }
  }

  init(_ reader: inout ByteReader) throws {
    isBot = try reader.fixed(UInt8.self) != 0
    minute = try reader.number()
    inMinute = try reader.number()
    hour = try reader.number()
    inHour = try reader.number()
    day = try reader.number()
    views = try reader.number()
    purposes = try reader.number()
    gap = try reader.number()
    equalGaps = try reader.number()
  }
}

// SPDX-License-Identifier: Apache-2.0
//
// Where the next query of a shopper comes from: what all shoppers send (ever, in the last weeks, in
// the last day), what this one has sent before, what this session has, and what others sent after the
// session's last query. The chance of a query is a mixture of what each source gives it:
//
//   chance(q) = sum over sources s of weight[context][s] * share[s](q)
//
// Weights are learnt from every search, before it is counted, by expectation maximisation on line with
// forgetting (Neal and Hinton, 1998; Cappé and Moulines, 2009): a source's weight goes towards the
// part that it had in the chance of the query that was sent. A shop whose shoppers never repeat
// themselves soon stops suggesting that they do. Contexts tell how much is known of the shopper.

/// The sources of queries.
enum QuerySource: Int, CaseIterable {
  case ever, popular, trending, own, session, next
}

/// How the chances of a collection's queries are mixed.
struct QueryMixture {
  /// What each source gives a query, 0...1, by ``QuerySource``; the last two are unused.
  typealias Shares = SIMD8<Float>

  /// How much is known about who is typing.
  struct Context: Equatable {
    let index: Int

    /// - Parameters:
    ///   - own: The decayed count of the shopper's queries.
    ///   - hasSession: Whether the session has a query.
    ///   - next: The weight of the transitions from the last query.
    init(own: Float, hasSession: Bool, next: Float) {
      let history = own <= 0 ? 0 : own < 1.5 ? 1 : own < 4 ? 2 : 3
      let transitions = next <= 0 ? 0 : next < 2 ? 1 : 2
      index = (history * 3 + transitions) * 2 + (hasSession ? 1 : 0)
    }
  }

  static let contexts = 24
  /// What is believed before a search was seen: who comes back asks for the same again.
  private static let prior = Shares(0.4, 0.15, 0.03, 1, 0.5, 0.3, 0, 0)
  /// Searches that the prior counts as.
  private static let priorWeight: Float = 20
  /// What is kept of the searches before with each new one: some 200 are remembered.
  private static let kept: Float = 0.995

  /// Searches of the collection: ever, and decayed.
  private(set) var searches = 0.0
  private(set) var counters = Counters()
  /// For each context the searches that each source is given.
  private var weights = [Shares](repeating: prior * priorWeight, count: contexts)

  init() {}

  /// The chance of a query.
  func chance(_ shares: Shares, _ context: Context) -> Float {
    let weight = weights[context.index]
    let isKnown = Self.known(context)
    return (weight * isKnown * shares).sum() / max((weight * isKnown).sum(), 1e-9)
  }

  /// Learns from a query that was sent, of which the sources gave these shares.
  mutating func learn(_ shares: Shares, _ context: Context) {
    let parts = weights[context.index] * Self.known(context) * shares
    let sum = parts.sum()
    // Nobody could have known a query that is met for the first time.
    guard sum > 0, sum.isFinite else { return }
    weights[context.index] = weights[context.index] * Self.kept + parts / sum
  }

  /// Counts a search, or with `sign` -1 takes it back.
  mutating func count(_ sign: Float, at time: UInt32, _ halfLives: HalfLives) {
    searches = max(0, searches + Double(sign))
    counters.add(.of(.searches, sign) + .of(.trend, sign), at: time, halfLives)
  }

  /// What all shoppers together give a query.
  func shares(of query: QueryState, at time: UInt32, _ halfLives: HalfLives) -> Shares {
    let (now, all) = (query.counters.at(time, halfLives), counters.at(time, halfLives))
    func share(_ part: Float, _ whole: Float) -> Float { whole > 1e-6 ? min(1, part / whole) : 0 }
    return [
      share(query.searches, Float(searches)), share(now.searches, all.searches),
      share(now.trend, all.trend), 0, 0, 0, 0, 0,
    ]
  }

  /// 1 for each source that can say something in a context.
  private static func known(_ context: Context) -> Shares {
    var known = Shares(1, 1, 1, 1, 1, 1, 0, 0)
    if context.index < 6 { known[QuerySource.own.rawValue] = 0 }
    if context.index % 2 == 0 { known[QuerySource.session.rawValue] = 0 }
    if context.index / 2 % 3 == 0 { known[QuerySource.next.rawValue] = 0 }
    return known
  }

  /// What the queries of a session give each other: the last 1, each one before 0.7 of that.
  static func sessionShares(_ count: Int) -> [Float] {
    var shares = [Float](repeating: 1, count: count)
    for place in (0..<max(0, count - 1)).reversed() { shares[place] = shares[place + 1] * 0.7 }
    let sum = shares.reduce(0, +)
    return shares.map { $0 / sum }
  }

  var bytes: [UInt8] {
    var writer = ByteWriter(capacity: 44 + 24 * Self.contexts)
    writer.fixed(searches.bitPattern)
    counters.encode(&writer)
    for weight in weights {
      for source in QuerySource.allCases { writer.float(weight[source.rawValue]) }
    }
    return writer.bytes
  }

  init(_ bytes: UnsafeRawBufferPointer) throws {
    var reader = ByteReader(bytes, "mixture of queries")
    searches = Double(bitPattern: try reader.fixed(UInt64.self))
    counters = try Counters(&reader)
    for context in 0..<Self.contexts {
      for source in QuerySource.allCases {
        let value = try reader.float()
        guard value.isFinite, value >= 0 else { throw reader.damaged }
        weights[context][source.rawValue] = value
      }
    }
    guard searches.isFinite else { throw reader.damaged }
  }
}

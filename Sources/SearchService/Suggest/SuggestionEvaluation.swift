// SPDX-License-Identifier: Apache-2.0

import Behaviour
import Foundation
import SearchIndex
import Synchronization

/// How well the query that a shopper sent is foreseen after its first characters.
///
/// Each held-out query is typed as far as each length and looked up among ten suggestions; then it is
/// learnt, by this engine and by the baseline alike, as it would be in a shop. The baseline is the most
/// popular completion: queries that start with what was typed, by how often they were sent. A
/// suggestion that differs from the query in case, accents, punctuation, spaces or a plural's "s" is
/// taken for it, in both.
public final class SuggestionEvaluation {
  /// Typed characters after which suggestions are judged.
  public static let lengths = [1, 2, 3, 5, 8]
  /// Suggestions looked at.
  public static let depth = 10
  /// Queries that are judged before any of them is learnt, unless one shopper would be met twice.
  private static let mostTogether = 128
  private static let collection = "log"

  /// What came of the queries that are longer than so many characters.
  public struct Figure: Equatable, Sendable {
    /// Characters typed.
    public var length: Int
    /// Held-out queries of more characters.
    public var queries = 0
    /// Mean reciprocal rank of this engine's suggestions, 0...1.
    public var ours = 0.0
    /// The same of the most popular completions.
    public var baseline = 0.0
  }

  private let clock: Shared<Int64>
  private let changed: Shared<[QueryCount]>
  private let events: EventStore
  private let live: LiveCompletions
  private let searcher: CompletionSearcher
  private let fingerprint: CompletionFingerprint
  private var baseline = PopularCompletions()
  private var figures = lengths.map { Figure(length: $0) }
  /// Queries to be learnt, and who sent them.
  private var waiting: [LoggedQuery] = []
  private var shoppers: Set<String> = []
  private var landmark: UInt32?

  /// Creates an evaluation that has seen no query.
  ///
  /// - Parameters:
  ///   - directory: An empty directory to keep events in.
  ///   - leastShoppers: Distinct shoppers who must have sent a query before others see it, 1...32.
  /// - Throws: ``IndexError``, `BehaviourError` or `StoreError` if the directory cannot be used.
  public init(directory: String, leastShoppers: Int) throws {
    let clock = Shared<Int64>(0)
    let changed = Shared<[QueryCount]>([])
    var options = EventStore.Options()
    options.leastShoppers = leastShoppers
    options.retention = .max / 2
    options.clock = { clock.value }
    options.queryObserver = { counts in changed.update { $0 += counts } }
    (self.clock, self.changed) = (clock, changed)
    events = try EventStore(
      environment: IndexStore(directory: directory).environment,
      options: options
    )
    live = try LiveCompletions()
    searcher = try CompletionSearcher()
    fingerprint = try CompletionFingerprint()
  }

  /// Learns a query, without judging.
  public func learn(_ query: LoggedQuery) throws {
    waiting.append(query)
    if waiting.count >= 8192 { try flush() }
  }

  /// Judges a query, which is learnt afterwards; queries come in the order of their times.
  public func judge(_ query: LoggedQuery) throws {
    if shoppers.isEmpty || shoppers.count >= Self.mostTogether || shoppers.contains(query.shopper) {
      try flush()
    }
    shoppers.insert(query.shopper)
    clock.update { $0 = max($0, query.time) }
    let text = Event.normalize(query: query.text)
    let outlook =
      query.shopper.isEmpty
      ? nil
      : try events.snapshot().outlook(
        collection: Self.collection,
        shopper: query.shopper,
        session: query.session
      )
    let ranker = SuggestionRanker(live.snapshot, outlook)
    let wanted = fingerprint(text)
    for place in figures.indices where text.count > figures[place].length {
      let typed = String(text.prefix(figures[place].length))
      let found = try ranker.suggestions(typed, limit: Self.depth, searcher)
      let rank = found.prefix(Self.depth).firstIndex { fingerprint($0.text) == wanted }
      let other = baseline.rank(of: wanted, typed: typed, depth: Self.depth)
      figures[place].queries += 1
      figures[place].ours += rank.map { 1 / Double($0 + 1) } ?? 0
      figures[place].baseline += other.map { 1 / Double($0) } ?? 0
    }
    waiting.append(query)
  }

  /// What came of the queries judged so far.
  public var results: [Figure] {
    figures.map { figure in
      var mean = figure
      mean.ours /= Double(max(1, figure.queries))
      mean.baseline /= Double(max(1, figure.queries))
      return mean
    }
  }

  /// Learns the queries that wait for it.
  private func flush() throws {
    shoppers = []
    guard let last = waiting.last else { return }
    clock.update { $0 = max($0, last.time) }
    let outcomes = try events.record(waiting.map { $0.event(in: Self.collection) })
    for (query, outcome) in zip(waiting, outcomes) {
      if case .refused = outcome { continue }
      let text = Event.normalize(query: query.text)
      baseline.count(text, fingerprint(text))
    }
    waiting = []
    let counts = changed.update { changed in
      defer { changed = [] }
      return changed
    }
    let landmark = landmark ?? UInt32(clamping: clock.value / 1000)
    self.landmark = landmark
    try live.put(counts.compactMap { CompletionEntry($0, asOf: landmark) })
  }
}

/// A query of a log.
public struct LoggedQuery: Sendable {
  /// Who sent it, or the session it was sent in; "" if neither is known.
  public var shopper: String
  /// The session, if it is told apart from the shopper; else "".
  public var session: String
  /// Milliseconds since 1970.
  public var time: Int64
  /// What was typed.
  public var text: String

  /// Creates a query.
  public init(shopper: String, session: String = "", time: Int64, text: String) {
    (self.shopper, self.session, self.time, self.text) = (shopper, session, time, text)
  }

  fileprivate func event(in collection: String) -> Event {
    // What nobody is known to have sent comes from as many people.
    let sender = shopper.isEmpty ? "\(UInt64.random(in: .min ... .max))" : shopper
    var event = Event(.search, shopper: sender, time: time)
    event.session = session
    event.collection = collection
    event.query = Event.normalize(query: text)
    return event
  }
}

/// A value that threads take turns at.
private final class Shared<Value: Sendable>: Sendable {
  private let content: Mutex<Value>

  init(_ value: Value) { content = Mutex(value) }

  var value: Value { content.withLock { $0 } }
  func update<T: Sendable>(_ body: (inout Value) -> T) -> T { content.withLock { body(&$0) } }
}

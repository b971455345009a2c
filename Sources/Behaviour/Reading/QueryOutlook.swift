// SPDX-License-Identifier: Apache-2.0

import LMDBStore

/// What a shopper is about to ask: the chance of any query, by QueryMixture.swift.
///
/// One thread at a time, like the snapshot that it is of.
public struct QueryOutlook {
  /// A query that this shopper in particular may send.
  public struct Candidate: Equatable, Sendable {
    /// The normalised query.
    public var query: String
    /// Whether the shopper has sent it before; if not, others did after the session's last one.
    public var isOwn: Bool
  }

  /// Queries of the shopper and the session, then those that follow the session's last one.
  public let candidates: [Candidate]
  private let snapshot: BehaviourSnapshot
  private let collection: String
  private let mixture: QueryMixture
  private let sources: QuerySources

  fileprivate init(
    _ snapshot: BehaviourSnapshot,
    _ collection: String,
    _ mixture: QueryMixture,
    _ sources: QuerySources
  ) throws {
    (self.snapshot, self.collection) = (snapshot, collection)
    (self.mixture, self.sources) = (mixture, sources)
    var seen: Set<UInt32> = []
    var candidates: [Candidate] = []
    func add(_ number: UInt32, isOwn: Bool) throws {
      guard seen.insert(number).inserted,
        let name = try Name(.query, number, snapshot.transaction, snapshot.tables),
        name.scope == collection
      else { return }
      candidates.append(Candidate(query: name.text, isOwn: isOwn))
    }
    for number in sources.session.reversed() { try add(number, isOwn: true) }
    for (number, _) in sources.own { try add(number, isOwn: true) }
    for (number, _) in sources.next where try snapshot.isShared(query: number) {
      try add(number, isOwn: false)
    }
    self.candidates = candidates
  }

  /// The chance that the next query is this one, 0...1.
  public func chance(of query: String) throws -> Float {
    guard let number = try snapshot.queryNumber(query, collection) else { return 0 }
    let key = Key.of(StateKind.query.rawValue, number)
    guard let bytes = try snapshot.transaction.get(snapshot.tables.state, key) else { return 0 }
    let (time, halfLives) = (snapshot.time, snapshot.options.halfLives)
    var shares = mixture.shares(of: try QueryState(bytes), at: time, halfLives)
    sources.add(number, to: &shares)
    return mixture.chance(shares, sources.context)
  }

  /// The chance of a text that counts as much as a query of as many searches, decayed.
  public func chance(searches: Float) -> Float {
    let all = mixture.counters.at(snapshot.time, snapshot.options.halfLives).searches
    let share = searches / max(1, all)
    return mixture.chance([share, share, 0, 0, 0, 0, 0, 0], sources.context)
  }
}

extension BehaviourSnapshot {
  /// What a shopper is about to ask.
  ///
  /// - Parameters:
  ///   - collection: The collection that is searched.
  ///   - shopper: The shopper's id; empty if unknown.
  ///   - session: The session's id; empty for the shopper's latest one, while it is not over.
  /// - Returns: The chances of queries, as of now.
  /// - Throws: ``BehaviourError`` if what is stored is damaged.
  public func outlook(
    collection: String,
    shopper: String,
    session: String
  ) throws -> QueryOutlook {
    let scope = Name(kind: .collection, scope: "", text: collection)
    let number = collection.isEmpty ? 0 : try scope.number(transaction, tables) ?? 0
    let stored = try transaction.get(tables.state, Key.of(StateKind.mixture.rawValue, number))
    let state = shopper.isEmpty ? nil : try state(keyed(1, shopper))
    let current = try session.isEmpty ? state?.currentSession(at: time) : sessionState(session)
    let queries = current?.queries.map(\.query) ?? []
    let sources = QuerySources(
      own: state?.queries.weights(at: time, options.halfLives) ?? [],
      session: queries,
      next: try queries.last.map { try neighbours(.next, $0) } ?? []
    )
    return try QueryOutlook(
      self,
      collection,
      stored.map { try QueryMixture($0) } ?? QueryMixture(),
      sources
    )
  }
}

// SPDX-License-Identifier: Apache-2.0

/// What is known of one shopper's queries at one moment, by the queries' numbers.
struct QuerySources {
  /// Of the shopper's queries before, decayed.
  let own: [(number: UInt32, weight: Float)]
  /// Queries of the session, the latest last.
  let session: [UInt32]
  /// Of the transitions from the session's last query, decayed.
  let next: [(number: UInt32, weight: Float)]
  let context: QueryMixture.Context
  private let ownTotal: Float
  private let nextTotal: Float
  private let sessionShares: [Float]

  init(
    own: [(number: UInt32, weight: Float)],
    session: [UInt32],
    next: [(number: UInt32, weight: Float)]
  ) {
    (self.own, self.session, self.next) = (own, session, next)
    ownTotal = own.reduce(0) { $0 + $1.weight }
    nextTotal = next.reduce(0) { $0 + $1.weight }
    sessionShares = QueryMixture.sessionShares(session.count)
    context = QueryMixture.Context(own: ownTotal, hasSession: !session.isEmpty, next: nextTotal)
  }

  /// Sets what the shopper's own sources give a query.
  func add(_ query: UInt32, to shares: inout QueryMixture.Shares) {
    if let found = own.first(where: { $0.number == query }), ownTotal > 0 {
      shares[QuerySource.own.rawValue] = found.weight / ownTotal
    }
    if let place = session.firstIndex(of: query) {
      shares[QuerySource.session.rawValue] = sessionShares[place]
    }
    if let found = next.first(where: { $0.number == query }), nextTotal > 0 {
      shares[QuerySource.next.rawValue] = found.weight / nextTotal
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import Behaviour

import SearchIndex

extension Engine {
  /// Records an answered search as its shopper's, under the answer's query id, by which later clicks
  /// name it.
  ///
  /// A search box asks at every key: the event store takes what goes on from the query before as one
  /// thought.
  func capture(_ answer: inout Answer) {
    let search = answer.parameters
    guard search.isCounted, !search.shopper.isEmpty, search.page == 1, search.query != "*",
      !search.query.isEmpty
    else { return }
    var event = Event(.search, shopper: search.shopper, time: Self.now * 1000)
    event.session = search.session
    event.collection = answer.collection
    event.query = Event.normalize(query: search.query)
    event.queryID = String(UInt64.random(in: .min ... .max), radix: 36)
    event.hasResults = true
    event.items = answer.result.hits.prefix(Event.mostItems).map { Event.Item($0.id) }
    answer.queryID = event.queryID
    // A full queue loses counts of searches, never an answer.
    try? events.submit([event]) { _ in }
  }
}

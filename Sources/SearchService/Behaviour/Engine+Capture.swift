// SPDX-License-Identifier: Apache-2.0

import Behaviour
import SearchIndex

extension Engine {
  /// Records an answered search as its shopper's, under the answer's query id, by which later clicks
  /// name it.
  ///
  /// A search box asks at every key: the event store takes what goes on from the query before as one
  /// thought. Where an analytics rule counts searches, those of nobody known count as `client`'s.
  ///
  /// `filter`: The filter before curation rules changed it; `expansion`: The query as the best hit
  /// completes it, empty if no rule asks.
  func capture(_ answer: inout Answer, client: String, filter: String, expansion: String) {
    let search = answer.parameters
    guard search.isCounted, search.page == 1, search.query != "*", !search.query.isEmpty else {
      return
    }
    let isKnown = !search.shopper.isEmpty
    let isCounted = events.captureNeeds(of: answer.collection) != nil
    let shopper = isKnown ? search.shopper : isCounted ? client : ""
    guard !shopper.isEmpty else { return }
    var event = Event(.search, shopper: shopper, time: Self.now * 1000)
    event.session = search.session
    event.collection = answer.collection
    event.query = Event.normalize(query: search.query)
    event.queryID = String(UInt64.random(in: .min ... .max), radix: 36)
    let groups = answer.result.groups?.flatMap(\.hits)
    event.items = (groups ?? answer.result.hits).prefix(Event.mostItems).map { Event.Item($0.id) }
    // A page of no hits, as one for facets alone, says nothing of what was found.
    event.hasResults = !event.items.isEmpty || answer.result.found == 0
    event.filter = filter
    event.tag = search.analyticsTag
    event.expansion = Event.normalize(query: expansion)
    if isKnown { answer.queryID = event.queryID }
    // A full queue loses counts of searches, never an answer.
    try? events.submit([event]) { _ in }
  }
}

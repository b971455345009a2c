// SPDX-License-Identifier: Apache-2.0

import Behaviour

/// Joins searches of the event log with what was done with their results.
///
/// A click, cart addition or purchase belongs to the search of its query id; without one, to the
/// latest search of its shopper with its query. Only searches of which something came are kept: where
/// nothing was clicked, nobody may have looked.
struct SearchJoiner {
  /// Searches that may still get a click.
  private static let mostOpen = 50_000

  private struct Open {
    var list: TrainingList
    var order: Int
    var isClicked = false
  }

  private let collection: String
  private let limit: Int
  private var open: [String: Open] = [:]
  /// Open searches' keys in the order of arrival, from `first` on.
  private var queue: [(key: String, order: Int)] = []
  private var first = 0
  private var order = 0
  private var latest: [String: String] = [:]
  private var done: [(order: Int, list: TrainingList)] = []

  /// `limit`: Lists to keep, the latest ones.
  init(collection: String, limit: Int) {
    self.collection = collection
    self.limit = limit
  }

  /// Takes the next event.
  mutating func add(_ event: Event) {
    guard event.collection == collection else { return }
    switch event.kind {
    case .search: addSearch(event)
    case .click: grade(event, 1)
    case .addToCart: grade(event, 2)
    case .purchase: grade(event, 3)
    case .impression, .view, .custom: break
    }
  }

  private mutating func addSearch(_ event: Event) {
    guard !event.items.isEmpty, !event.query.isEmpty else { return }
    let top = max(1, event.position)
    var labels: [String: TrainingList.Label] = [:]
    for (offset, item) in event.items.enumerated() where labels[item.product] == nil {
      labels[item.product] = TrainingList.Label(grade: 0, position: top + offset)
    }
    order += 1
    let own = event.shopper + "\u{1}" + event.query
    let key = event.queryID.isEmpty ? own : event.queryID
    close(key)
    latest[own] = key
    open[key] = Open(
      list: TrainingList(
        query: event.query,
        labels: labels,
        shopper: event.shopper,
        time: event.time
      ),
      order: order
    )
    queue.append((key, order))
    while open.count > Self.mostOpen, first < queue.count {
      let oldest = queue[first]
      first += 1
      if open[oldest.key]?.order == oldest.order { close(oldest.key) }
    }
    if first > Self.mostOpen {
      queue.removeFirst(first)
      first = 0
    }
  }

  private mutating func grade(_ event: Event, _ grade: Int) {
    let own = event.shopper + "\u{1}" + event.query
    guard let key = event.queryID.isEmpty ? latest[own] : event.queryID, open[key] != nil else {
      return
    }
    for item in event.items {
      guard let known = open[key]?.list.labels[item.product]?.grade else { continue }
      open[key]?.list.labels[item.product]?.grade = max(known, grade)
      open[key]?.isClicked = true
    }
  }

  private mutating func close(_ key: String) {
    guard let search = open.removeValue(forKey: key) else { return }
    let own = search.list.shopper + "\u{1}" + search.list.query
    if latest[own] == key { latest[own] = nil }
    guard search.isClicked else { return }
    done.append((search.order, search.list))
    if done.count >= 2 * limit { trim() }
  }

  private mutating func trim() {
    done.sort { $0.order < $1.order }
    done.removeFirst(max(0, done.count - limit))
  }

  /// The lists in the order of their searches.
  mutating func lists() -> [TrainingList] {
    for key in Array(open.keys) { close(key) }
    trim()
    return done.map(\.list)
  }
}

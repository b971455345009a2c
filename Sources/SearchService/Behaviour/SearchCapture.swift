// SPDX-License-Identifier: Apache-2.0

import Behaviour
import Dispatch
import SearchIndex
import Synchronization

/// Turns searches into events, one per thought rather than one per key.
///
/// A search box asks at every key. A query counts once its shopper has paused, and not if the next one
/// goes on where it ended ("sam", "samsung").
final class SearchCapture: Sendable {
  /// The pause after which a query counts.
  private static let pause: UInt64 = 4_000_000_000
  /// Shoppers who may be typing at once; more are counted at once.
  private static let mostTyping = 100_000

  private struct Typed {
    var event: Event
    var due: UInt64
  }

  private let events: EventStore
  private let typing = Mutex<[String: Typed]>([:])
  // Set once, and used again only by the last owner.
  nonisolated(unsafe) private let timer: any DispatchSourceTimer

  init(_ events: EventStore) {
    self.events = events
    let timer = DispatchSource.makeTimerSource(queue: .global(qos: .utility))
    self.timer = timer
    timer.schedule(deadline: .now() + 1, repeating: 1)
    timer.setEventHandler { [weak self] in self?.flush(all: false) }
    timer.activate()
  }

  deinit {
    timer.cancel()
    flush(all: true)
  }

  /// Notes a search and what it found.
  func note(_ event: Event) {
    let now = DispatchTime.now().uptimeNanoseconds
    let key = event.shopper + "\0" + event.collection
    let ended = typing.withLock { typing -> Event? in
      let before = typing[key]
      guard before != nil || typing.count < Self.mostTyping else { return event }
      typing[key] = Typed(event: event, due: now + Self.pause)
      guard let before, !event.query.hasPrefix(before.event.query) else { return nil }
      // Taking letters back is not a thought of its own either.
      return before.event.query.hasPrefix(event.query) ? nil : before.event
    }
    if let ended { submit([ended]) }
  }

  /// Records what is due, or all.
  func flush(all: Bool) {
    let now = DispatchTime.now().uptimeNanoseconds
    let due = typing.withLock { typing in
      let due = typing.filter { all || $0.value.due <= now }
      for key in due.keys { typing[key] = nil }
      return due.values.map(\.event)
    }
    submit(due)
  }

  private func submit(_ captured: [Event]) {
    guard !captured.isEmpty else { return }
    // A full queue loses counts of searches, never an answer.
    try? events.submit(captured) { _ in }
  }
}

extension Engine {
  /// Makes searches count now that wait for their shopper's pause.
  public func flushSearches() { captures.flush(all: true) }

  /// Notes an answered search as its shopper's.
  func capture(_ answer: Answer) {
    let search = answer.parameters
    guard search.isCounted, !search.shopper.isEmpty, search.page == 1, search.query != "*",
      !search.query.isEmpty
    else { return }
    var event = Event(.search, shopper: search.shopper, time: Self.now * 1000)
    event.session = search.session
    event.collection = answer.collection
    event.query = Event.normalize(query: search.query)
    event.hasResults = true
    event.items = answer.result.hits.prefix(Event.mostItems).map { Event.Item($0.id) }
    captures.note(event)
  }
}

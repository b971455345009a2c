// SPDX-License-Identifier: Apache-2.0

import Behaviour
import SearchIndex
import Synchronization

/// What a search box asks.
public struct SuggestionRequest: Sendable {
  /// What was typed so far.
  public var query = ""
  /// The collection.
  public var collection = ""
  /// Suggestions wanted, 1...100.
  public var limit = 8
  /// The shopper; "" if unknown.
  public var shopper = ""
  /// The shopper's session; "" if unknown.
  public var session = ""
  /// A filter under which each suggestion must find something, or "".
  public var filter = ""

  /// Creates a request.
  public init() {}
}

/// One suggestion.
public struct Suggestion: Sendable {
  /// What would be searched for.
  public var text: String
  /// The text with what was typed in tags.
  public var highlighted: String
  /// query, title, brand, category, recent, next or trending.
  public var kind: String
  /// What suggestions of one kind are ordered by.
  public var score: Double
  /// Products that it finds.
  public var count: Int
  /// The category that it is meant in.
  public var category: String?
}

/// Suggesters by collection, and searchers for their threads.
final class Suggesters: Sendable {
  private struct Lent: @unchecked Sendable {
    let searcher: CompletionSearcher
  }
  private let known = Mutex<[ObjectIdentifier: Suggester]>([:])
  private let idle = Mutex<[Lent]>([])
  private let events = Mutex<EventStore?>(nil)

  /// Where counts of queries are read; set once the store is open.
  func use(_ store: EventStore) { events.withLock { $0 = store } }

  func suggester(of collection: Collection, in index: IndexStore) -> Suggester {
    known.withLock { known in
      if let suggester = known[ObjectIdentifier(collection)] { return suggester }
      // Those of collections that were dropped or replaced would hold their completions for good.
      let open = Set(index.collections.map { ObjectIdentifier($0) })
      known = known.filter { open.contains($0.key) }
      let store = events.withLock { $0 }
      let suggester = Suggester(collection) { [weak store] in try? store?.snapshot() }
      known[ObjectIdentifier(collection)] = suggester
      return suggester
    }
  }

  func withSearcher<T>(_ body: (CompletionSearcher) throws -> T) throws -> T {
    let lent = try idle.withLock { $0.popLast() } ?? Lent(searcher: CompletionSearcher())
    defer { idle.withLock { if $0.count < 16 { $0.append(lent) } } }
    return try body(lent.searcher)
  }
}

extension Engine {
  /// Suggestions for what has been typed: what this shopper is likeliest to send first, or what all
  /// are where nothing is known of the shopper; for an empty box, what is likely to be asked next.
  ///
  /// - Throws: ``IndexError`` with code notFound for an unknown collection; with code invalid for a
  ///   filter that cannot be parsed.
  public func suggest(_ request: SuggestionRequest) throws -> [Suggestion] {
    let collection = try collection(named: request.collection)
    let suggester = suggesters.suggester(of: collection, in: store)
    let completions = try suggester.completions()
    let limit = min(max(1, request.limit), 100)
    let ranker = SuggestionRanker(completions, try outlook(request, collection.name))
    // A filter may leave few of the first ones.
    let wanted = request.filter.isEmpty ? limit : 4 * limit
    let found = try suggesters.withSearcher {
      try ranker.suggestions(request.query, limit: wanted, $0)
    }
    // Completions differ from each other, so only where others stand among them can one come twice.
    let mayRepeat = ranker.outlook != nil
    var seen: Set<String> = []
    var shown: [Suggestion] = []
    shown.reserveCapacity(limit)
    for var suggestion in found where shown.count < limit {
      if mayRepeat, !seen.insert(suggestion.text.lowercased()).inserted { continue }
      if suggestion.count == 0 || !request.filter.isEmpty {
        suggestion.count = try suggester.results(of: suggestion.text, filter: request.filter)
        guard suggestion.count > 0 else { continue }
      }
      shown.append(suggestion)
    }
    return shown
  }

  /// What is known of who is typing; nil if that is nobody.
  private func outlook(_ request: SuggestionRequest, _ collection: String) throws -> QueryOutlook? {
    guard !request.shopper.isEmpty || !request.session.isEmpty else { return nil }
    let outlook = try events.snapshot().outlook(
      collection: collection,
      shopper: request.shopper,
      session: request.session
    )
    return outlook.candidates.isEmpty ? nil : outlook
  }
}

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

  func suggester(of collection: Collection) -> Suggester {
    known.withLock { known in
      if let suggester = known[ObjectIdentifier(collection)] { return suggester }
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
  /// Suggestions for what has been typed: the shopper's own recent queries first, then completions by
  /// count; for an empty box, what is likely to be asked next.
  ///
  /// - Throws: ``IndexError`` with code notFound for an unknown collection; with code invalid for a
  ///   filter that cannot be parsed.
  public func suggest(_ request: SuggestionRequest) throws -> [Suggestion] {
    let collection = try collection(named: request.collection)
    let suggester = suggesters.suggester(of: collection)
    let completions = try suggester.completions()
    let limit = min(max(1, request.limit), 100)
    let isEmpty = request.query.allSatisfy(\.isWhitespace)
    var found = try personal(request, collection.name, limit: limit)
    // A filter may leave few of the first ones.
    let wanted = request.filter.isEmpty ? limit : 4 * limit
    let typed = String(request.query.prefix(200))
    var options = CompletionOptions()
    // As in searches: one slip in a short text, two in a longer one.
    options.maximumTypos = typed.count >= 8 ? 2 : 1
    let matches = try suggesters.withSearcher {
      $0.suggest(typed, in: completions, limit: wanted, options: options)
    }
    for match in matches {
      found.append(
        Suggestion(
          text: match.entry.text,
          highlighted: isEmpty ? match.entry.text : Self.marked(match),
          kind: isEmpty && match.entry.kind == .query ? "trending" : match.entry.kind.name,
          score: Double(match.entry.score),
          count: Int(match.entry.count),
          category: match.entry.category
        )
      )
    }
    // Completions differ from each other, so only others can come twice.
    let mayRepeat = found.count > matches.count
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

  /// The shopper's recent queries that go on from what was typed; for an empty box also the queries
  /// that others sent after the last one.
  private func personal(
    _ request: SuggestionRequest,
    _ collection: String,
    limit: Int
  ) throws -> [Suggestion] {
    guard !request.shopper.isEmpty || !request.session.isEmpty else { return [] }
    let behaviour = try events.snapshot()
    var session = request.session.isEmpty ? nil : try behaviour.session(request.session)
    if session == nil, !request.shopper.isEmpty {
      session = try behaviour.shopper(request.shopper)?.session
    }
    guard let queries = session?.queries, let last = queries.first else { return [] }
    let typed = Event.normalize(query: request.query)
    var found = queries.filter { $0.hasPrefix(typed) && $0 != typed }.prefix(3).map { query in
      let rest = query.dropFirst(typed.count)
      return Suggestion(
        text: query,
        highlighted: typed.isEmpty ? query : "<mark>\(typed)</mark>\(rest)",
        kind: "recent",
        score: 1,
        count: 0
      )
    }
    if typed.isEmpty {
      let next = try behaviour.transitions(from: last, collection: collection, limit: limit)
      found += next.map {
        Suggestion(
          text: $0.query,
          highlighted: $0.query,
          kind: "next",
          score: Double($0.probability),
          count: 0
        )
      }
    }
    return found
  }

  private static func marked(_ match: Completion) -> String {
    var text = match.entry.text
    return text.withUTF8 { bytes in
      var marked: [UInt8] = []
      marked.reserveCapacity(bytes.count + 13 * match.highlights.count)
      var position = 0
      for range in match.highlights
      where range.lowerBound >= position && range.upperBound <= bytes.count {
        marked.append(contentsOf: bytes[position..<range.lowerBound])
        marked.append(contentsOf: "<mark>".utf8)
        marked.append(contentsOf: bytes[range])
        marked.append(contentsOf: "</mark>".utf8)
        position = range.upperBound
      }
      marked.append(contentsOf: bytes[position...])
      return String(decoding: marked, as: UTF8.self)
    }
  }
}

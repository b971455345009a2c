// SPDX-License-Identifier: Apache-2.0

public import Behaviour
import Dispatch
import Foundation
public import SearchIndex
import Synchronization

/// The completions of one collection: titles, brands, categories and shoppers' queries.
///
/// Queries show as soon as their event is on disk. What comes from documents is built anew in the
/// background after the collection has changed; until then the older one answers. Thread-safe.
final class Suggester: Sendable {
  /// What the kinds of completions count against each other: what shoppers type comes first.
  enum Weight {
    static let query: Float = 1000
    static let brand: Float = 100
    static let category: Float = 50
    static let title: Float = 1
  }

  private struct State {
    /// What the completions were built from.
    var source: ObjectIdentifier?
    var isBuilding = false
    /// Monotonic nanoseconds before which nothing is built again.
    var pausedUntil: UInt64 = 0
    var live: LiveCompletions?
    /// As of when the completions' scores are, in seconds since 1970.
    var landmark: UInt32 = 0
    /// Queries counted while a build is under way, to be put into it.
    var late: [QueryCount] = []
    /// Results of texts, as of `source`.
    var counts: [String: Int] = [:]
  }

  private static let countLimit = 50_000
  /// Bytes of a filter whose counts are remembered.
  private static let longestFilter = 256
  private let collection: Collection
  private let events: @Sendable () -> BehaviourSnapshot?
  private let queue = DispatchQueue(label: "martlet.suggest", qos: .utility)
  private let state = Mutex(State())

  init(_ collection: Collection, events: @escaping @Sendable () -> BehaviourSnapshot?) {
    self.collection = collection
    self.events = events
  }

  /// The completions to ask; builds the first ones, and starts building new ones if the collection
  /// has changed.
  func completions() throws -> CompletionSnapshot {
    let snapshot = collection.snapshot
    let (live, isDue) = state.withLock { state in
      let now = DispatchTime.now().uptimeNanoseconds
      let isDue =
        state.source != ObjectIdentifier(snapshot) && !state.isBuilding && now >= state.pausedUntil
      if isDue { state.isBuilding = true }
      return (state.live, isDue)
    }
    if let live {
      if isDue { queue.async { [weak self] in try? self?.build(snapshot) } }
      return live.snapshot
    }
    if isDue { try build(snapshot) } else { queue.sync {} }
    return state.withLock { $0.live?.snapshot } ?? CompletionSnapshot.none
  }

  /// Makes the completions of a snapshot.
  private func build(_ snapshot: Snapshot) throws {
    let started = DispatchTime.now().uptimeNanoseconds
    defer { state.withLock { $0.isBuilding = false } }
    let builder = try CompletionIndexBuilder()
    let fields = SuggestionFields(snapshot.schema)
    try snapshot.forEachText(of: fields.title) { builder.add(fields.entry(title: $0)) }
    for (kind, field) in [(CompletionEntry.Kind.brand, fields.brand), (.category, fields.category)]
    {
      guard let field else { continue }
      for (value, count) in snapshot.counts(of: field) {
        builder.add(fields.entry(value, count, kind))
      }
    }
    let behaviour = events()
    let landmark = behaviour?.time ?? 0
    try behaviour?.forEachSharedQuery { [collection] query in
      if query.collection == collection.name, let entry = CompletionEntry(query, asOf: landmark) {
        builder.add(entry)
      }
    }
    let live = try LiveCompletions(base: CompletionIndex(copying: try builder.build()))
    let took = DispatchTime.now().uptimeNanoseconds - started
    let late = state.withLock { state in
      defer { state.late = [] }
      return state.late
    }
    try live.put(late.compactMap { CompletionEntry($0, asOf: landmark) })
    state.withLock { state in
      state.live = live
      state.landmark = landmark
      state.source = ObjectIdentifier(snapshot)
      state.counts = [:]
      // A busy importer must not keep a core building completions.
      state.pausedUntil = DispatchTime.now().uptimeNanoseconds + max(1_000_000_000, 10 * took)
    }
  }

  /// Takes queries whose counts have changed.
  func count(_ queries: [QueryCount]) {
    let (live, landmark) = state.withLock { state in
      if state.isBuilding { state.late += queries }
      return (state.live, state.landmark)
    }
    let entries = queries.compactMap { CompletionEntry($0, asOf: landmark) }
    if !entries.isEmpty { try? live?.put(entries) }
  }

  /// How many documents a text finds; remembered until the collection changes.
  func results(of text: String, filter: String) throws -> Int {
    let snapshot = collection.snapshot
    let key = filter + "\0" + text
    let known = state.withLock { state in
      state.source == ObjectIdentifier(snapshot) ? state.counts[key] : nil
    }
    if let known { return known }
    var request = SearchRequest()
    request.query = text
    request.filter = filter
    (request.typoThreshold, request.dropThreshold, request.limit) = (0, 0, 0)
    let found = try snapshot.recall(request).found
    // A filter may be as long as a request.
    guard filter.utf8.count <= Self.longestFilter else { return found }
    state.withLock { state in
      if state.counts.count >= Self.countLimit { state.counts = [:] }
      if state.source == ObjectIdentifier(snapshot) { state.counts[key] = found }
    }
    return found
  }
}

extension CompletionEntry {
  /// The entry of a query; nil for one that is not to be shown: too few shoppers sent it, or it finds
  /// nothing.
  ///
  /// Scores are as of a landmark (forward decay): what is counted later weighs more, so that entries
  /// of several ages compare without a change to any but the one counted.
  ///
  /// `landmark`: Seconds since 1970.
  public init?(_ query: QueryCount, asOf landmark: UInt32) {
    let searches = query.counters.searches
    guard query.isShared, searches > 0, query.counters.noHits < searches / 2 else { return nil }
    let age = Float(Int64(query.counters.time) - Int64(landmark))
    let growth = exp2f(age / HalfLives().popularity)
    self.init(text: query.query, score: Suggester.Weight.query * searches * growth, kind: .query)
  }
}

extension CompletionSnapshot {
  /// No completions.
  static var none: CompletionSnapshot { CompletionSnapshot(empty: ()) }
}

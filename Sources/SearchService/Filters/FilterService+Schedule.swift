// SPDX-License-Identifier: Apache-2.0

import Behaviour
import CollaborativeFiltering
import Foundation
public import JSON
import SearchIndex
import Synchronization

extension FilterService {
  /// Minutes after the start before a collection that has no model gets its first one by the clock.
  private static let firstDelay: Int64 = 10 * 60_000
  /// The least distance between two trainings of a collection by the schedule.
  private static let pause: Int64 = 10 * 60_000

  /// Ends what is done and begins the next training that is wanted or due; on the queue.
  func schedule(_ collections: [String]) {
    let isFree = state.withLock { state in
      guard let training = state.training else { return true }
      guard !training.work.isRunning else { return false }
      state.problems[training.collection] = training.work.problem
      state.training = nil
      return true
    }
    guard isFree, !options.trainer.isEmpty else { return }
    var next = state.withLock { state -> String? in
      state.wanted.removeAll { !collections.contains($0) }
      return state.wanted.isEmpty ? nil : state.wanted.removeFirst()
    }
    next = next ?? collections.first { isDue($0) }
    guard let next, !state.withLock({ $0.isStopped }) else { return }
    do {
      try files.prepare()
      let work = try FilterTraining(
        options.trainer,
        dataDirectory: store.directory,
        collection: next,
        model: files.model(of: next)
      )
      state.withLock { state in
        state.training = (next, work)
        state.tried[next] = Self.now
      }
    } catch {
      state.withLock { state in
        state.problems[next] = "The training did not start: \(error)"
        state.tried[next] = Self.now
      }
    }
  }

  private func isDue(_ collection: String) -> Bool {
    let (entry, tried) = state.withLock { ($0.entries[collection], $0.tried[collection]) }
    let now = Self.now
    if let tried, now - tried < Self.pause { return false }
    guard let last = try? events.snapshot().lastSequence() else { return false }
    let gained = last - min(last, entry?.note?.sequence ?? 0)
    if options.events > 0, gained >= UInt64(options.events) { return hasEvents(collection) }
    guard let next = nextByClock(collection), now >= next else { return false }
    let forgotten = FileStamp(files.forgotten)?.time ?? 0
    let isStale = gained > 0 || forgotten > entry?.note?.started ?? 0
    return isStale && hasEvents(collection)
  }

  /// When a training is due by the clock, if there is anything new then; milliseconds since 1970.
  private func nextByClock(_ collection: String) -> Int64? {
    guard options.hours > 0, !options.trainer.isEmpty else { return nil }
    let (entry, tried) = state.withLock { ($0.entries[collection], $0.tried[collection]) }
    let period = Int64(options.hours * 3_600_000)
    // After a failure it is not tried again at once.
    let after = max(tried ?? 0, entry?.note?.started ?? 0)
    return after == 0 ? began + min(period, Self.firstDelay) : after + period
  }

  private func hasEvents(_ collection: String) -> Bool {
    struct Found: Error {}
    do {
      try events.snapshot().forEachProduct(of: collection) { _, counters in
        if counters.views + counters.popularity > 0 { throw Found() }
      }
      return false
    } catch { return error is Found }
  }

  /// The state of each collection's filter, for operators.
  public var json: JSON {
    let last = (try? events.snapshot().lastSequence()) ?? 0
    return .array(store.collections.map { describe($0.name, last) })
  }

  /// The state of one collection's filter.
  ///
  /// - Throws: ``IndexError`` with code notFound.
  public func json(of collection: String) throws -> JSON {
    _ = try store.collection(named: collection)
    return describe(collection, try events.snapshot().lastSequence())
  }

  private func describe(_ collection: String, _ last: UInt64) -> JSON {
    let (entry, training, problem, isWanted) = state.withLock { state in
      (
        state.entries[collection],
        state.training.flatMap { $0.collection == collection ? $0.work : nil },
        state.problems[collection], state.wanted.contains(collection)
      )
    }
    var model = JSON.null
    if let entry {
      let trained = entry.live.model
      model = [
        "items": .int(Int64(trained.count)), "users": .int(Int64(trained.users)),
        "interactions": .int(Int64(trained.interactions)),
        "trained_at": entry.note.map { .int($0.started / 1000) } ?? .null,
        "train_seconds": entry.note.map { .double($0.seconds) } ?? .null,
        "events_since": entry.note.map { .int(Int64(last - min(last, $0.sequence))) } ?? .null,
        "updated_items": .int(Int64(entry.live.updatedItems)),
      ]
    }
    return [
      "collection": .string(collection), "model": model,
      "state": .string(training != nil ? "training" : isWanted ? "waiting" : "idle"),
      "progress": .string(training?.progress ?? ""),
      "problem": problem.map { .string($0) } ?? .null,
      "next_training": nextByClock(collection).map { .int($0 / 1000) } ?? .null,
    ]
  }
}

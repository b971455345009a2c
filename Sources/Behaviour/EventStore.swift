// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Foundation
import JSON
public import LMDBStore

/// What shoppers did, and what follows from it: counters, profiles, neighbours, transitions.
///
/// An event's record in the log and all of its effects are one transaction, so an acknowledged event
/// is on disk, counted once, and seen by every snapshot made afterwards. Thread-safe.
public final class EventStore: @unchecked Sendable {
  /// How to keep events.
  public struct Options: Sendable {
    /// How long events are kept, in milliseconds; 390 days, which is about 13 months.
    public var retention: Int64 = 390 * 86_400_000
    /// How fast counts lose their weight.
    public var halfLives = HalfLives()
    /// When a shopper is a bot.
    public var bots = BotPolicy()
    /// Distinct shoppers, 1...32, who must have sent a query before it is shown to others.
    public var leastShoppers = 5
    /// Distinct shoppers of a query that are told apart: some more than needed, so that forgetting one
    /// rarely hides a query that many send.
    var shoppersKept: Int { min(QueryState.mostShoppers, leastShoppers + 8) }
    /// Sightings that a pair of products lacks to be taken at half of its similarity.
    public var shrinkage: Float = 2
    /// Events that may wait to be written before more are refused.
    public var mostWaiting = 200_000
    /// Milliseconds since 1970.
    public var clock: @Sendable () -> Int64 = {
      Int64(clock_gettime_nsec_real() / 1_000_000)
    }
    /// What is known of a product, by collection and id, where an event does not tell it.
    public var attributes:
      (@Sendable (_ collection: String, _ product: String) -> ProductAttributes?)?
    /// Told of queries whose counts changed, after each commit, on the writing thread.
    public var queryObserver: (@Sendable ([QueryCount]) -> Void)?

    /// The defaults.
    public init() {}
  }

  let core: EventCore
  let writer: EventWriter
  let captureNeeds: Locked<[String: CaptureNeeds]>
  private let statistics = Locked(EventStatistics())
  private let timer: any DispatchSourceTimer

  /// Opens the events of a data directory, whose environment is open already.
  ///
  /// - Throws: ``BehaviourError`` if what is stored is damaged or of another version; `StoreError`.
  public init(environment: Environment, options: Options = Options()) throws {
    var options = options
    options.leastShoppers = min(max(1, options.leastShoppers), QueryState.mostShoppers)
    core = try EventCore(environment, options)
    captureNeeds = Locked(core.rules.captureNeeds)
    writer = EventWriter(core)
    let queue = DispatchQueue(label: "martlet.events.learn", qos: .utility)
    timer = DispatchSource.makeTimerSource(queue: queue)
    timer.schedule(deadline: .now() + 60, repeating: .seconds(6 * 3600))
    timer.setEventHandler { [weak self] in
      // What fails leaves the estimate as it was, and is tried again.
      _ = try? self?.learnPropensities()
    }
    timer.resume()
  }

  deinit {
    timer.cancel()
    writer.close()
  }

  /// Records events and waits until they are on disk.
  ///
  /// - Throws: ``BehaviourError`` with code busy if too many wait; `StoreError` if the disk fails, in
  ///   which case none of the events is recorded, or of more than 8,192 only whole runs of as many
  ///   from the first on: those with ids or times may be sent again.
  public func record(_ events: [Event]) throws -> [Outcome] {
    let result = Locked<Result<[Outcome], any Error>?>(nil)
    let done = DispatchSemaphore(value: 0)
    try submit(events) {
      result.set($0)
      done.signal()
    }
    done.wait()
    return try result.get()?.get() ?? []
  }

  /// Hands events over; `completion` is called on the writing thread once they are on disk or have
  /// failed, and must not block.
  public func submit(
    _ events: [Event],
    completion: @escaping @Sendable (Result<[Outcome], any Error>) -> Void
  ) throws {
    do {
      try writer.submit(events) { [statistics] result in
        if case .success(let outcomes) = result {
          statistics.update { $0.add(outcomes) }
        }
        completion(result)
      }
    } catch {
      statistics.update { $0.busy += events.count }
      throw error
    }
  }

  /// Counts events that could not be read, which the reader of requests refused itself.
  public func count(refused problems: [EventProblem]) {
    statistics.update { $0.add(problems.map { .refused($0) }) }
  }

  /// What has been counted since the store was opened.
  public var counts: EventStatistics { statistics.get() }

  /// Forgets a shopper: the profile, the sessions, the events, and what they were counted as.
  ///
  /// Counts of events older than the retention stay; they have no trace of whose they were.
  ///
  /// `optOut`: Whether to refuse the shopper's events from now on.
  public func forget(shopper: String, optOut: Bool = false) throws {
    let hash = core.hash(shopper: shopper)
    var orphans = Orphans()
    while !(try writer.perform({ try $0.forgetStep(hash, optOut: optOut, &orphans) })) {}
    try forget(orphans)
  }

  /// Takes a shopper's events again after opting out.
  public func optIn(shopper: String) throws {
    let hash = core.hash(shopper: shopper)
    try writer.perform { core in
      try core.environment.write { transaction in
        let stored = try transaction.get(core.tables.shoppers, Key.of(hash))
        if try stored.map({ try ShopperState($0).isOptedOut }) == true {
          try transaction.delete(core.tables.shoppers, Key.of(hash))
        }
      }
    }
  }

  /// Removes what is older than the retention now; otherwise that happens once an hour.
  public func enforceRetention() throws {
    try writer.perform { $0.sweep = Sweep() }
    while try writer.perform({ try $0.sweepStep() }) {}
  }

  /// A view of everything as of the last commit.
  public func snapshot() throws -> BehaviourSnapshot {
    BehaviourSnapshot(
      transaction: try core.environment.read(),
      tables: core.tables,
      keyed: core.keyed,
      options: core.options
    )
  }
}

/// Nanoseconds since 1970.
private func clock_gettime_nsec_real() -> UInt64 {
  var now = timespec()
  clock_gettime(CLOCK_REALTIME, &now)
  return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
}

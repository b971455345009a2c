// SPDX-License-Identifier: Apache-2.0

internal import CPluginRuntime
import Foundation
internal import Ranking
import Synchronization

/// How many workers a pool has and how it treats those that are late.
struct PoolLimits {
  var workers: Int
  /// Abandoned calls of a plugin that may still run in this process before it gets no new threads.
  var lateCalls: Int
  /// The longest that making an instance may take, in nanoseconds.
  var start: UInt64
  var breaker: BreakerLimits
  /// The longest pause before another worker replaces one that failed, in nanoseconds.
  var restart: UInt64
}

/// The workers of one generation of a plugin under one configuration.
///
/// Queries take an idle worker, call it and give it back. A worker serves one call at a time; one
/// that is late or has crashed is replaced by another.
final class WorkerPool: Sendable {
  typealias Make = @Sendable (WorkerEvents) throws(PluginError) -> any Worker

  /// Where work is done that no query should wait for.
  static let maintenance = DispatchQueue(label: "plugin maintenance")

  let generation: PluginGeneration
  let metrics = StageMetrics()
  private let limits: PoolLimits
  private let late: LateCalls
  private let make: Make
  private let state: Locked<State>
  /// What a call has lately taken, in nanoseconds: a moving average.
  private let recentTime = Atomic<UInt64>(0)
  /// Changes whenever a waiter should look again.
  private let changes = WakeUp()

  private struct State: ~Copyable {
    var needs: StageNeeds?
    var failure: String?
    var workers: [any Worker] = []
    /// Those of the workers that take calls now or soon: neither starting nor late.
    var active: Set<ObjectIdentifier> = []
    var idle: [any Worker] = []
    /// Those whose call was abandoned and still runs.
    var late: Set<ObjectIdentifier> = []
    var lateCalls = 0
    var failuresInRow = 0
    var breaker: Breaker
  }

  init(generation: PluginGeneration, limits: PoolLimits, late: LateCalls, make: @escaping Make) {
    self.generation = generation
    self.limits = limits
    self.late = late
    self.make = make
    state = Locked(State(breaker: Breaker(limits.breaker)))
  }

  deinit {
    state.withLock { state in
      for worker in state.workers { worker.stop() }
    }
  }

  var needs: StageNeeds { state.withLock { $0.needs ?? StageNeeds() } }

  var breaker: (state: Breaker.State, changes: Int) {
    state.withLock { ($0.breaker.state, $0.breaker.changes) }
  }

  /// Calls that were abandoned so far.
  var lateCalls: Int { state.withLock { $0.lateCalls } }

  /// Memory that instances hold through the server's allocator.
  var allocatedBytes: Int64 {
    let slots = state.withLock { $0.workers.map(\.slot) }
    return slots.reduce(0) { $0 &+ martlet_allocated($1.memory) }
  }

  /// The plugin's own counters, summed over its present workers.
  var pluginMetrics: [String: Double] {
    let slots = state.withLock { $0.workers.map(\.slot) }
    return slots.reduce(into: [:]) { sums, slot in
      for (name, value) in slot.metrics { sums[name, default: 0] += value }
    }
  }

  /// Starts the first worker, checks what it does with a made-up query, and starts the others.
  ///
  /// - Throws: ``PluginError`` if the plugin cannot make an instance, or fails the check.
  func start() throws(PluginError) {
    let deadline = martlet_now() + limits.start
    try addWorker()
    while true {
      let seen = changes.count
      let (isStarted, failure) = state.withLock { ($0.needs != nil, $0.failure) }
      if let failure { throw PluginError("The plugin cannot start: \(failure)") }
      if isStarted { break }
      guard martlet_now() < deadline else {
        state.withLock { state in state.workers.forEach { $0.abandon() } }
        throw PluginError("The plugin did not start within \(limits.start / 1_000_000_000) s.")
      }
      changes.wait(past: seen, until: deadline)
    }
    try selfCheck()
    for _ in 1..<max(1, limits.workers) { try addWorker() }
  }

  /// Takes an idle worker, waiting for one until the deadline; nil too where none can come in time.
  func take(until deadline: UInt64) -> (any Worker)? {
    while true {
      let seen = changes.count
      let (worker, canWait) = state.withLock { ($0.idle.popLast(), !$0.active.isEmpty) }
      if let worker { return worker }
      guard canWait, martlet_now() < deadline else { return nil }
      changes.wait(past: seen, until: deadline)
    }
  }

  /// Gives back a worker whose call has ended or never began; `word` is its slot's state.
  func give(_ worker: any Worker, from word: martlet_slot_state) {
    let idle = martlet_slot_idle.rawValue
    guard martlet_exchange(worker.slot.state, word.rawValue, idle) else { return }
    state.withLock { state in
      state.idle.append(worker)
      state.failuresInRow = 0
    }
    changes.announce()
  }

  /// Leaves a worker to its late call: abandons the call if it still runs, and says whether it did.
  ///
  /// What the call has published must have been read: from here on the worker may serve another.
  func abandon(_ worker: any Worker, _ word: UInt32) -> Bool {
    state.withLock { state in
      state.active.remove(ObjectIdentifier(worker))
      state.late.insert(ObjectIdentifier(worker))
      state.lateCalls += 1
    }
    if !worker.isKillable { late.add(1) }
    guard martlet_exchange(worker.slot.state, word, martlet_slot_abandoned.rawValue) else {
      state.withLock { state in
        state.active.insert(ObjectIdentifier(worker))
        state.late.remove(ObjectIdentifier(worker))
        state.lateCalls -= 1
      }
      if !worker.isKillable { late.add(-1) }
      return false
    }
    worker.abandon()
    if !worker.isKillable, late.count <= limits.lateCalls {
      // Not on the query's thread, which is past its deadline.
      Self.maintenance.async { [weak self] in try? self?.addWorker() }
    }
    return true
  }

  var usualTime: UInt64 { recentTime.load(ordering: .relaxed) }

  func noteTime(_ time: UInt64) {
    recentTime.store((usualTime * 7 + time) / 8, ordering: .relaxed)
  }

  func breakerAllows(now: UInt64) -> Bool { state.withLock { $0.breaker.allows(now: now) } }

  func breakerRecord(success: Bool) {
    let now = martlet_now()
    state.withLock { $0.breaker.record(success: success, now: now) }
  }

  func breakerSkip() {
    let now = martlet_now()
    state.withLock { $0.breaker.skip(now: now) }
  }

  private func addWorker() throws(PluginError) {
    let worker = try make(
      WorkerEvents(
        ready: { [weak self] in self?.ready($0) },
        ended: { [weak self] in
          guard let wait = self?.ended($0, $1) else { return }
          usleep(UInt32(wait / 1000))
          try? self?.addWorker()
        }
      )
    )
    state.withLock { $0.workers.append(worker) }
    worker.start()
  }

  private func ready(_ worker: any Worker) {
    let requests = worker.slot.requests
    let identity = ObjectIdentifier(worker)
    let isSurplus = state.withLock { state in
      if state.needs == nil, let requests { state.needs = generation.needs(columns: requests) }
      // A replacement may have come meanwhile; and all instances must agree on their columns.
      state.late.remove(identity)
      let isSurplus =
        state.active.count >= max(1, limits.workers) || requests != state.needs?.columns
      if isSurplus {
        state.workers.removeAll { $0 === worker }
      } else {
        state.active.insert(identity)
        state.idle.append(worker)
      }
      return isSurplus
    }
    if isSurplus { worker.stop() }
    changes.announce()
  }

  /// Forgets a worker; the nanoseconds until another should start in its place, or nil for never.
  private func ended(_ worker: any Worker, _ message: String) -> UInt64? {
    defer { changes.announce() }
    return state.withLock { state in
      let wasLate = state.late.remove(ObjectIdentifier(worker)) != nil
      state.active.remove(ObjectIdentifier(worker))
      state.idle.removeAll { $0 === worker }
      state.workers.removeAll { $0 === worker }
      guard state.needs != nil else {
        state.failure = message
        return nil
      }
      guard state.workers.count - state.late.count < max(1, limits.workers) else { return nil }
      if !wasLate || worker.isKillable { state.failuresInRow += 1 }
      return backOff(state.failuresInRow)
    }
  }

  /// Nothing after the first failure, then from 10 ms doubled up to the limit.
  private func backOff(_ failures: Int) -> UInt64 {
    failures <= 1 ? 0 : min(limits.restart, 10_000_000 << UInt64(min(failures - 2, 20)))
  }
}

/// The abandoned calls of one plugin that still run in this process, over all its generations.
final class LateCalls: Sendable {
  private let running = Atomic<Int>(0)

  var count: Int { running.load(ordering: .relaxed) }

  func add(_ amount: Int) { running.add(amount, ordering: .relaxed) }
}

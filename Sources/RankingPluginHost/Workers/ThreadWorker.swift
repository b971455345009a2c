// SPDX-License-Identifier: Apache-2.0

internal import CPluginRuntime
import Foundation
internal import Ranking
import Synchronization

/// A plugin instance on a thread of this process.
final class ThreadWorker: Worker {
  let slot: Slot
  let isKillable = false
  private let source: InstanceSource
  private let late: LateCalls
  private let events: WorkerEvents
  private let thread = Atomic<Int32>(0)

  init(slot: Slot, source: InstanceSource, late: LateCalls, events: WorkerEvents) {
    self.slot = slot
    self.source = source
    self.late = late
    self.events = events
  }

  func start() {
    let thread = Thread { self.serve() }
    thread.name = "plugin"
    thread.stackSize = 8 << 20
    thread.start()
  }

  func abandon() {
    // From here on nobody waits for the call: it must not take time from queries.
    martlet_demote(thread.load(ordering: .relaxed))
  }

  func stop() {
    martlet_store(slot.cancel, 1)
    martlet_store(slot.state, martlet_slot_quit.rawValue)
    martlet_wake(slot.state, 1)
  }

  private func serve() {
    thread.store(martlet_thread_id(), ordering: .relaxed)
    let instance: PluginInstance
    do throws(PluginError) {
      instance = try source.instance(for: slot)
    } catch {
      events.ended(self, error.message)
      return
    }
    guard martlet_exchange(slot.state, martlet_slot_starting.rawValue, martlet_slot_idle.rawValue)
    else { return }
    events.ready(self)
    withExtendedLifetime(instance) {
      martlet_serve(
        slot.memory,
        instance.plugin,
        instance.pointer,
        { context in
          guard let context else { return }
          Unmanaged<ThreadWorker>.fromOpaque(context).takeUnretainedValue().returned()
        },
        Unmanaged.passUnretained(self).toOpaque()
      )
    }
  }

  private func returned() {
    late.add(-1)
    // A thread that was demoted may not be allowed its old rank again: another takes its place.
    events.ended(self, "")
    stop()
  }
}

/// Makes a pool's instances: one for each worker, or one for all where calls may be concurrent.
final class InstanceSource: Sendable {
  private let library: PluginLibrary
  private let log: PluginLog
  private let isShared: Bool
  private let made = Locked<Shared?>(nil)

  private struct Shared {
    let instance: PluginInstance
    let requests: [FeatureRequest]
  }

  init(library: PluginLibrary, isShared: Bool, log: @escaping PluginLog) {
    self.library = library
    self.isShared = isShared
    self.log = log
  }

  /// The instance that serves a slot; called on its worker's thread.
  func instance(for slot: Slot) throws(PluginError) -> PluginInstance {
    guard isShared else { return try PluginInstance(library: library, slot: slot, log: log) }
    return try made.withLock { made throws(PluginError) in
      if let made {
        slot.setRequests(made.requests)
        return made.instance
      }
      let instance = try PluginInstance(library: library, slot: slot, log: log)
      made = Shared(instance: instance, requests: slot.requests ?? [])
      return instance
    }
  }
}

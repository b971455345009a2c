// SPDX-License-Identifier: Apache-2.0

internal import CPluginRuntime
import Foundation
internal import JSON

/// A plugin instance in a helper process that has given up what a ranking plugin does not need.
///
/// One thread here watches the process from its start to its end; the process dies with it.
final class ProcessWorker: Worker {
  let slot: Slot
  let isKillable = true
  private let arguments: [String]
  private let events: WorkerEvents
  private let startLimit: UInt64
  /// The process while it lives, by a descriptor that never means another one.
  private let process = Locked<Int32?>(nil)

  /// How long a call that is late may take to return before the process is killed, in nanoseconds.
  private let grace: UInt64
  /// How often such a call is looked at.
  private static let look = DispatchTimeInterval.milliseconds(5)

  init(
    slot: Slot,
    file: PluginFile,
    configuration: HostConfiguration,
    events: WorkerEvents,
    describing: Bool = false
  ) throws(PluginError) {
    guard !configuration.helper.isEmpty else {
      throw PluginError("Process isolation needs a helper command, and none is configured.")
    }
    self.slot = slot
    self.events = events
    let milliseconds =
      configuration.builtIn[file.name]?.graceMilliseconds ?? configuration.graceMilliseconds
    grace = UInt64(max(0, milliseconds)) * 1_000_000
    startLimit = UInt64(max(1, configuration.startMilliseconds)) * 1_000_000
    arguments =
      configuration.helper + [
        file.path, file.name, "\(configuration.processMemory)", describing ? "describe" : "serve",
      ]
  }

  /// What a plugin says of itself, asked in a process that then ends.
  static func describe(
    _ file: PluginFile,
    _ configuration: HostConfiguration
  ) throws(PluginError) -> PluginDescription {
    let outcome = Locked<String?>(nil)
    let finished = DispatchSemaphore(value: 0)
    let worker = try ProcessWorker(
      slot: try Slot(config: [], shared: true),
      file: file,
      configuration: configuration,
      events: WorkerEvents(
        ready: { _ in },
        ended: { _, message in
          outcome.withLock { $0 = message }
          finished.signal()
        }
      ),
      describing: true
    )
    worker.start()
    finished.wait()
    let text = worker.slot.description
    guard !text.isEmpty, let json = try? JSON(parsing: text) else {
      throw PluginError(outcome.withLock { $0 } ?? "The plugin's process ended too early.")
    }
    return try PluginDescription(json: json)
  }

  func start() {
    let thread = Thread {
      let message = self.live()
      self.events.ended(self, message)
    }
    thread.name = "plugin process"
    thread.start()
  }

  func abandon() { watchLateCall(until: martlet_now() + grace) }

  private func watchLateCall(until end: UInt64) {
    WorkerPool.maintenance.asyncAfter(deadline: .now() + Self.look) {
      if martlet_load(self.slot.state) == martlet_slot_idle.rawValue {
        self.events.ready(self)
      } else if martlet_now() < end {
        self.watchLateCall(until: end)
      } else {
        self.kill()
      }
    }
  }

  func stop() {
    martlet_store(slot.state, martlet_slot_quit.rawValue)
    martlet_wake(slot.state, 1)
    kill()
  }

  private func kill() {
    process.withLock { process in
      if let process { martlet_kill(process) }
    }
  }

  /// Runs the process to its end; why it ended.
  private func live() -> String {
    var words = arguments.map { strdup($0) } + [nil]
    let pid = martlet_spawn(arguments[0], &words, slot.descriptor)
    for word in words { free(word) }
    guard pid > 0 else {
      return "The helper process cannot start: \(String(cString: strerror(-pid)))."
    }
    let descriptor = martlet_process_descriptor(pid)
    process.withLock { $0 = descriptor }
    let status = watch(pid)
    process.withLock { $0 = nil }
    if descriptor >= 0 { close(descriptor) }
    let word = martlet_load(slot.state)
    if word != martlet_slot_quit.rawValue {
      martlet_store(slot.state, martlet_slot_dead.rawValue)
      martlet_wake(slot.state, 1)
    }
    if let reason = slot.error { return reason }
    let signal = status & 0x7F
    return signal == 0
      ? "The plugin's process ended with status \(status >> 8)."
      : "The plugin's process was ended by signal \(signal)."
  }

  /// Waits until the process has ended; reports it as ready on the way.
  private func watch(_ pid: Int32) -> Int32 {
    let starting = martlet_slot_starting.rawValue
    let deadline = martlet_now() + startLimit
    var status: Int32 = 0
    while martlet_load(slot.state) == starting {
      if waitpid(pid, &status, WNOHANG) == pid { return status }
      if martlet_now() > deadline { kill() }
      _ = martlet_wait(slot.state, starting, martlet_now() + 10_000_000)
    }
    switch martlet_load(slot.state) {
    case martlet_slot_idle.rawValue: events.ready(self)
    case martlet_slot_quit.rawValue: kill()
    default: break
    }
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    return status
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import CPluginRuntime
internal import CRankingPlugin

/// Takes a line that a plugin logs: its level 0...3 and the text.
typealias PluginLog = @Sendable (UInt32, String) -> Void

/// One instance of a plugin in this process.
final class PluginInstance: @unchecked Sendable {
  let plugin: UnsafePointer<rp_plugin>
  let pointer: UnsafeMutableRawPointer?
  /// Whose head counts the instance's memory and holds its configuration.
  let slot: Slot
  private let services: UnsafeMutablePointer<martlet_services>
  private let log: LogBox

  /// Makes an instance on this thread, with the configuration in `slot`.
  init(
    library: PluginLibrary,
    slot: Slot,
    log: @escaping PluginLog
  ) throws(PluginError) {
    plugin = library.plugin
    self.slot = slot
    self.log = LogBox(log)
    let write: martlet_log = { context, level, text, size in
      guard let context, let text else { return }
      let bytes = UnsafeRawBufferPointer(start: text, count: Int(size))
      Unmanaged<LogBox>.fromOpaque(context).takeUnretainedValue()
        .log(level, String(decoding: bytes, as: UTF8.self))
    }
    guard
      let services = martlet_services_create(
        slot.memory,
        write,
        Unmanaged.passUnretained(self.log).toOpaque()
      )
    else { throw PluginError("Out of memory for a plugin instance.") }
    var pointer: UnsafeMutableRawPointer?
    guard martlet_instance_create(library.plugin, services, &pointer) == RP_OK else {
      martlet_services_free(services)
      throw PluginError(slot.error ?? "create failed without saying why")
    }
    self.services = services
    self.pointer = pointer
  }

  deinit {
    martlet_instance_destroy(plugin, pointer)
    martlet_services_free(services)
  }
}

private final class LogBox: Sendable {
  let log: PluginLog
  init(_ log: @escaping PluginLog) { self.log = log }
}

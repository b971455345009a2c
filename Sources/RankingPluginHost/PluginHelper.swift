// SPDX-License-Identifier: Apache-2.0

internal import CPluginRuntime
import Foundation
internal import JSON

/// The other side of process isolation: the program of a helper process.
public enum PluginHelper {
  /// Serves one plugin instance until the server ends it.
  ///
  /// Descriptor 3 is the shared memory; `arguments` are the plugin's path, its name, the limit of
  /// its memory in bytes, and "serve" or "describe".
  ///
  /// - Returns: The exit status; the reason of a failure stands in the shared memory.
  public static func run(_ arguments: [String]) -> Int32 {
    guard arguments.count == 4, let memoryLimit = UInt64(arguments[2]),
      let slot = Slot(mapping: 3)
    else { return 64 }
    close(3)
    do throws(PluginError) {
      if let problem = martlet_sandbox(memoryLimit) {
        throw PluginError("The helper process cannot be confined: \(String(cString: problem)).")
      }
      try serve(slot, path: arguments[0], name: arguments[1], describes: arguments[3] == "describe")
      return 0
    } catch {
      slot.fail(error.message)
      return 1
    }
  }

  private static func serve(
    _ slot: Slot,
    path: String,
    name: String,
    describes: Bool
  ) throws(PluginError) {
    let library = try PluginLibrary(path: path)
    if describes {
      slot.describe(library.description.json.serialized())
      return
    }
    let instance = try PluginInstance(library: library, slot: slot) { level, text in
      let levels = ["debug", "info", "warning", "error"]
      let label = levels[min(Int(level), levels.count - 1)]
      // The server's log may be closed, or its disk full.
      let line = Data("plugin \(name): \(label): \(text)\n".utf8)
      try? FileHandle.standardError.write(contentsOf: line)
    }
    let (starting, idle) = (martlet_slot_starting.rawValue, martlet_slot_idle.rawValue)
    guard martlet_exchange(slot.state, starting, idle) else { return }
    martlet_wake(slot.state, 1)
    withExtendedLifetime(instance) {
      martlet_serve(slot.memory, instance.plugin, instance.pointer, nil, nil)
    }
  }
}

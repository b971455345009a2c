// SPDX-License-Identifier: Apache-2.0

internal import CPluginRuntime
internal import CRankingPlugin
import Foundation

/// A library in this process's memory, for good.
///
/// It is never closed: the C library cannot unload images with thread-local destructors, and the
/// Swift runtime keeps referring to an image's metadata and crashes on its next conformance lookup.
final class PluginLibrary: @unchecked Sendable {
  /// The checked descriptor.
  let plugin: UnsafePointer<rp_plugin>
  let description: PluginDescription

  private typealias Entry = @convention(c) () -> UnsafePointer<rp_plugin>?

  /// Opens a library; runs its initialisers.
  init(path: String) throws(PluginError) {
    let noDelete: Int32 = 0x1000  // RTLD_NODELETE
    guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | noDelete) else {
      let reason = dlerror().map { String(cString: $0) } ?? "no reason given"
      throw PluginError("The library cannot be opened: \(reason).")
    }
    guard let symbol = dlsym(handle, "ranking_plugin_entry") else {
      throw PluginError("The library does not export ranking_plugin_entry: it is no plugin.")
    }
    let entry = unsafeBitCast(symbol, to: Entry.self)
    // Never freed, as the library is never unmapped: instances refer to it.
    let plugin = UnsafeMutablePointer<rp_plugin>.allocate(capacity: 1)
    if let problem = martlet_plugin_read(entry(), plugin) {
      throw PluginError("The library is no plugin of this version: \(String(cString: problem)).")
    }
    description = try PluginDescription(plugin.pointee)
    self.plugin = UnsafePointer(plugin)
  }
}

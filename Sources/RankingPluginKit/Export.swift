// SPDX-License-Identifier: Apache-2.0
//
// From the C interface to the protocol. A C function cannot capture a type, so the one plugin of
// this library is kept in a global; the library is the only one that sees it.

internal import CRankingPlugin
internal import Synchronization

/// The descriptor of a plugin class, for `ranking_plugin_entry` to return; the library's only one.
public func export(_ plugin: any RankingPlugin.Type) -> UnsafeRawPointer {
  exported.withLock { exported in
    if let exported { return UnsafeRawPointer(exported.descriptor) }
    var descriptor = makeDescriptor(plugin.descriptor)
    if plugin is any AttributingPlugin.Type { descriptor.get_extension = attributions }
    let memory = UnsafeMutablePointer<rp_plugin>.allocate(capacity: 1)
    memory.initialize(to: descriptor)
    let made = Exported(plugin: plugin, descriptor: memory)
    exported = made
    return UnsafeRawPointer(made.descriptor)
  }
}

private struct Exported: @unchecked Sendable {
  let plugin: any RankingPlugin.Type
  let descriptor: UnsafePointer<rp_plugin>
}

private let exported = Mutex<Exported?>(nil)

/// What the C interface calls an instance.
private final class Instance {
  let plugin: any RankingPlugin
  let host: PluginHost

  init(plugin: any RankingPlugin, host: PluginHost) {
    self.plugin = plugin
    self.host = host
  }

  static func at(_ pointer: UnsafeMutableRawPointer?) -> Instance? {
    pointer.map { Unmanaged<Instance>.fromOpaque($0).takeUnretainedValue() }
  }
}

/// Memory of the descriptor is never freed: the library stays mapped.
private func makeDescriptor(_ from: PluginDescriptor) -> rp_plugin {
  func text(_ string: String) -> UnsafePointer<CChar> {
    let bytes = string.utf8CString
    let memory = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
    for (index, byte) in bytes.enumerated() { memory[index] = byte }
    return UnsafePointer(memory)
  }
  let reasons = UnsafeMutablePointer<rp_reason>.allocate(capacity: max(1, from.reasons.count))
  for (index, reason) in from.reasons.sorted(by: { $0.key < $1.key }).enumerated() {
    reasons[index] = rp_reason(code: reason.key, reserved: 0, text: text(reason.value))
  }
  var plugin = rp_plugin()
  plugin.struct_size = UInt32(MemoryLayout<rp_plugin>.size)
  plugin.magic = UInt32(RP_MAGIC)
  plugin.abi_major = RP_ABI_MAJOR
  plugin.abi_minor = RP_ABI_MINOR
  plugin.id = text(from.id)
  plugin.version = text(from.version)
  plugin.threads = from.threads.rawValue
  plugin.needs =
    (from.needsIdentifiers ? RP_NEEDS_IDS : 0) | (from.needsShopper ? RP_NEEDS_SHOPPER : 0)
    | (from.needsWholeBatch ? RP_NEEDS_WHOLE_BATCH : 0)
  plugin.reasons = UnsafePointer(reasons)
  plugin.reason_count = UInt64(from.reasons.count)
  plugin.create = create
  plugin.destroy = { instance in
    if let instance { Unmanaged<Instance>.fromOpaque(instance).release() }
  }
  plugin.begin = begin
  plugin.rank = rank
  plugin.end = { _, query in
    guard let query, let state = query.pointee.state else { return }
    Unmanaged<AnyObject>.fromOpaque(state).release()
    query.pointee.state = nil
  }
  return plugin
}

/// The extension of plugins that can explain their scores.
private let attributions: @convention(c) (UnsafePointer<CChar>?) -> UnsafeRawPointer? = { name in
  guard let name, String(cString: name) == RP_ATTRIBUTIONS else { return nil }
  return UnsafeRawPointer(attributionExtension.pointer)
}

private struct Extension: @unchecked Sendable { let pointer: UnsafePointer<rp_attributions> }

private let attributionExtension: Extension = {
  let memory = UnsafeMutablePointer<rp_attributions>.allocate(capacity: 1)
  memory.initialize(
    to: rp_attributions(
      struct_size: UInt32(MemoryLayout<rp_attributions>.size),
      reserved: 0,
      attribute: { pointer, query, batch, output in
        guard let instance = Instance.at(pointer), let query, let batch, let output,
          let plugin = instance.plugin as? any AttributingPlugin
        else { return RP_ERROR }
        let count = Int(output.pointee.count)
        do {
          let explained = try plugin.attribute(
            PluginQuery(query: query),
            PluginCandidates(batch: batch),
            into: AttributionOutput(output: output)
          )
          guard explained < count else { return RP_OK }
          output.pointee.count = UInt32(clamping: explained)
          return RP_PARTIAL
        } catch {
          return RP_ERROR
        }
      }
    )
  )
  return Extension(pointer: UnsafePointer(memory))
}()

private let create:
  @convention(c) (
    UnsafePointer<rp_host>?, rp_string, UnsafeMutablePointer<UnsafeMutableRawPointer?>?
  ) -> rp_status = { host, configuration, instance in
    guard let host, let instance, let type = exported.withLock({ $0?.plugin }) else {
      return RP_ERROR
    }
    let services = PluginHost(host, configuration)
    do {
      let made = Instance(plugin: try type.init(host: services), host: services)
      instance.pointee = Unmanaged.passRetained(made).toOpaque()
      return RP_OK
    } catch {
      services.fail(error)
      return RP_ERROR
    }
  }

private let begin:
  @convention(c) (UnsafeMutableRawPointer?, UnsafeMutablePointer<rp_query>?) -> rp_status = {
    pointer,
    query in
    guard let instance = Instance.at(pointer), let query else { return RP_ERROR }
    do {
      let state = try instance.plugin.begin(PluginQuery(query: UnsafePointer(query)))
      query.pointee.state = state.map { Unmanaged.passRetained($0).toOpaque() }
      return RP_OK
    } catch {
      instance.host.fail(error)
      return RP_ERROR
    }
  }

private let rank:
  @convention(c) (
    UnsafeMutableRawPointer?, UnsafePointer<rp_query>?, UnsafePointer<rp_batch>?,
    UnsafeMutablePointer<rp_output>?
  ) -> rp_status = { pointer, query, batch, output in
    guard let instance = Instance.at(pointer), let query, let batch, let output else {
      return RP_ERROR
    }
    let count = Int(batch.pointee.count)
    do {
      let scored = try instance.plugin.rank(
        PluginQuery(query: query),
        PluginCandidates(batch: batch),
        into: PluginOutput(output: output, count: count)
      )
      guard scored < count else { return RP_OK }
      output.pointee.count = UInt32(clamping: scored)
      return RP_PARTIAL
    } catch {
      instance.host.fail(error)
      return RP_ERROR
    }
  }

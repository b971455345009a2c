// SPDX-License-Identifier: Apache-2.0

internal import CPluginRuntime
import Foundation
internal import Ranking

/// The memory through which one worker gets a batch and hands back scores.
///
/// Whoever took the slot's worker owns everything but the atomic words while the state is idle; the
/// state hands the rest over. Nothing that the worker's side wrote is trusted.
final class Slot: @unchecked Sendable {
  let memory: UnsafeMutablePointer<martlet_slot>
  /// The state: an atomic word.
  let state: UnsafeMutablePointer<UInt32>
  /// Set once the host has given up a call: an atomic word.
  let cancel: UnsafeMutablePointer<UInt32>
  /// How many candidates have their scores: an atomic word.
  let scored: UnsafeMutablePointer<UInt32>
  /// How many of them have their scores explained: an atomic word.
  let explained: UnsafeMutablePointer<UInt32>
  /// A descriptor of the memory for a helper process, or -1.
  let descriptor: Int32

  /// Makes a slot; `shared` ones can be mapped by a helper process.
  convenience init(config: [UInt8], shared: Bool) throws(PluginError) {
    guard config.count < MARTLET_CONFIG else {
      throw PluginError("The configuration is over 64 KiB: keep large data in files.")
    }
    var fd: Int32 = -1
    guard let memory = shared ? martlet_slot_create(&fd) : martlet_slot_create(nil) else {
      throw PluginError("Out of memory for a plugin worker.")
    }
    self.init(memory, descriptor: fd)
    for (index, byte) in config.enumerated() {
      martlet_config(memory)[index] = CChar(bitPattern: byte)
    }
  }

  /// The slot behind a descriptor that another process made, or nil.
  convenience init?(mapping descriptor: Int32) {
    guard let memory = martlet_slot_map(descriptor) else { return nil }
    self.init(memory, descriptor: -1)
  }

  private init(_ memory: UnsafeMutablePointer<martlet_slot>, descriptor: Int32) {
    self.memory = memory
    self.descriptor = descriptor
    state = Self.word(memory, \.state)
    cancel = Self.word(memory, \.cancel)
    scored = Self.word(memory, \.scored)
    explained = Self.word(memory, \.explained)
    memory.pointee.base = UInt64(UInt(bitPattern: memory))
  }

  deinit {
    martlet_slot_unmap(memory)
    if descriptor >= 0 { close(descriptor) }
  }

  /// A word of the head: it has a fixed place in memory that is not the compiler's.
  private static func word(
    _ memory: UnsafeMutablePointer<martlet_slot>,
    _ path: KeyPath<martlet_slot, UInt32>
  ) -> UnsafeMutablePointer<UInt32> {
    let offset = MemoryLayout<martlet_slot>.offset(of: path) ?? 0
    return (UnsafeMutableRawPointer(memory) + offset).assumingMemoryBound(to: UInt32.self)
  }

  /// The columns that the instance asked for, or nil if the table makes no sense.
  var requests: [FeatureRequest]? {
    let count = Int(memory.pointee.column_count)
    guard count <= MARTLET_COLUMNS else { return nil }
    let columns = UnsafeBufferPointer(start: martlet_columns(memory), count: count)
    var requests: [FeatureRequest] = []
    for column in columns {
      guard let kind = FeatureKind(rawValue: column.kind) else { return nil }
      requests.append(FeatureRequest(name: text(of: column.name), kind: kind))
    }
    return requests
  }

  /// Sets the columns, as an instance that was made for another slot asked for them.
  func setRequests(_ requests: [FeatureRequest]) {
    memory.pointee.column_count = UInt32(requests.count)
    guard let columns = martlet_columns(memory) else { return }
    for (index, request) in requests.enumerated() {
      columns[index].kind = request.kind.rawValue
      withUnsafeMutableBytes(of: &columns[index].name) {
        $0.copyBytes(from: request.name.utf8.prefix($0.count - 1))
      }
    }
  }

  /// Why the last call failed, or nil.
  var error: String? {
    let message = text(of: memory.pointee.error)
    return message.isEmpty ? nil : message
  }

  /// What the worker calls a feature.
  func name(ofFeature feature: Int) -> String {
    let bytes = UnsafeRawBufferPointer(
      start: martlet_feature_name(memory, Int32(feature)),
      count: Int(MARTLET_FEATURE_NAME)
    )
    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// The helper's account of the plugin: zero-terminated JSON.
  var description: [UInt8] {
    UnsafeRawBufferPointer(start: martlet_description(memory), count: MARTLET_DESCRIPTION)
      .prefix { $0 != 0 }.map { $0 }
  }

  /// Hands a description to the other process; one that is too long is cut and then no JSON.
  func describe(_ json: [UInt8]) {
    UnsafeMutableRawBufferPointer(start: martlet_description(memory), count: MARTLET_DESCRIPTION)
      .copyBytes(from: json.prefix(MARTLET_DESCRIPTION - 1))
  }

  /// Hands the reason of a failure to the other process.
  func fail(_ message: String) {
    UnsafeMutableRawBufferPointer(start: martlet_error(memory), count: 256)
      .copyBytes(from: Array(message.utf8.prefix(255)) + [0])
  }

  /// The plugin's own counters.
  var metrics: [(name: String, value: Double)] {
    let count = min(martlet_load(Self.word(memory, \.metric_count)), UInt32(MARTLET_METRICS))
    return UnsafeBufferPointer(start: martlet_metrics(memory), count: Int(count)).map { metric in
      (text(of: metric.name), metric.value.isFinite ? metric.value : 0)
    }
  }

  /// The text in a fixed array of characters; at most its size where no zero ends it.
  private func text<Characters>(of characters: Characters) -> String {
    withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}

// SPDX-License-Identifier: Apache-2.0
//
// A setting's key is its kind, a zero byte and its name; its value is JSON. All are held in memory, as
// searches read them; their number is what people configure, not what shoppers cause.

public import JSON
public import SearchIndex
import Foundation
import Synchronization

/// Named JSON objects of several kinds, kept in the data directory.
///
/// Thread-safe; reads never wait for a write to reach the disk.
public final class SettingsStore: Sendable {
  /// What a setting is for.
  public enum Kind: String, CaseIterable, Sendable {
    case alias, collection, key
    case languageModel = "nl_search_model", conversationModel = "conversation_model"
    case preset, profile, sealing, stemming, stopWords = "stop_words", synonymSet = "synonym_set"
  }

  private let store: IndexStore
  private let writerLock = NSLock()
  private let values: Mutex<[Kind: [String: JSON]]>
  private let changes = Atomic<Int>(0)

  /// Reads the settings of a data directory.
  ///
  /// - Throws: ``IndexError`` with code corrupt if one is damaged.
  public init(_ store: IndexStore) throws {
    self.store = store
    var values: [Kind: [String: JSON]] = [:]
    for (key, value) in try store.settings() {
      let parts = key.split(separator: 0, maxSplits: 1)
      guard parts.count == 2, let kind = Kind(rawValue: String(decoding: parts[0], as: UTF8.self))
      else { continue }
      values[kind, default: [:]][String(decoding: parts[1], as: UTF8.self)] = try JSON(
        parsing: value
      )
    }
    self.values = Mutex(values)
  }

  /// Grows with every change, so that what is computed from settings knows when it is stale.
  public var revision: Int { changes.load(ordering: .acquiring) }

  /// All settings of a kind, by name.
  public func all(_ kind: Kind) -> [(name: String, value: JSON)] {
    values.withLock { $0[kind] ?? [:] }.sorted { $0.key < $1.key }
      .map { ($0.key, $0.value) }
  }

  /// The setting of a name, or nil.
  public func value(_ kind: Kind, _ name: String) -> JSON? {
    values.withLock { $0[kind]?[name] }
  }

  /// Stores settings; they are on disk on return.
  ///
  /// - Throws: ``IndexError`` with code invalid for a name that is empty or longer than 255 bytes.
  public func set(_ kind: Kind, _ settings: [(name: String, value: JSON)]) throws {
    for (name, _) in settings { try Self.check(name) }
    try writerLock.withLock { try write(kind, settings.map { ($0.name, $0.value) }) }
  }

  /// Stores one setting; it is on disk on return.
  public func set(_ kind: Kind, _ name: String, _ value: JSON) throws {
    try set(kind, [(name, value)])
  }

  /// Removes a setting.
  ///
  /// - Returns: What it was, or nil if there was none.
  @discardableResult
  public func remove(_ kind: Kind, _ name: String) throws -> JSON? {
    try writerLock.withLock {
      guard let old = value(kind, name) else { return nil }
      try write(kind, [(name, nil)])
      return old
    }
  }

  /// Replaces a setting by what `body` makes of it; no other change comes between.
  ///
  /// - Returns: What `body` returned beside the new value.
  public func update<T>(
    _ kind: Kind,
    _ name: String,
    _ body: (inout JSON?) throws -> T
  ) throws -> T {
    try Self.check(name)
    return try writerLock.withLock {
      var value = value(kind, name)
      let result = try body(&value)
      try write(kind, [(name, value)])
      return result
    }
  }

  private func write(_ kind: Kind, _ settings: [(name: String, value: JSON?)]) throws {
    try store.change(
      settings.map { name, value in
        (Array(kind.rawValue.utf8) + [0] + Array(name.utf8), value?.serialized())
      }
    )
    values.withLock { values in
      for (name, value) in settings { values[kind, default: [:]][name] = value }
    }
    changes.add(1, ordering: .releasing)
  }

  private static func check(_ name: String) throws(IndexError) {
    guard (1...255).contains(name.utf8.count), !name.unicodeScalars.contains("\0") else {
      throw IndexError(.invalid, "A name must have 1 to 255 bytes: choose another.")
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import LMDBStore

/// Settings are kept beside the collections in the table "settings": keys and values of the layers
/// above, whose bytes the index does not read. Each value is wrapped as every stored structure is.
extension IndexStore {
  /// One setting to store, or to remove where the value is nil.
  public typealias SettingChange = (key: [UInt8], value: [UInt8]?)

  /// All settings, keys ascending.
  ///
  /// - Throws: ``IndexError`` with code corrupt if one is damaged.
  public func settings() throws -> [(key: [UInt8], value: [UInt8])] {
    try IndexError.translating {
      let transaction = try handles.environment.read()
      return try transaction.entries(handles.settingsTable, prefix: []).map { entry in
        (entry.key, Array(try FormatHeader.unwrap(entry.value, kind: .setting)))
      }
    }
  }

  /// Stores and removes settings in one commit that is on disk on return; keys have 1 to 511 bytes.
  public func change(_ settings: [SettingChange]) throws {
    try IndexError.translating {
      try handles.environment.write { transaction in
        for (key, value) in settings {
          if let value {
            try transaction.put(
              handles.settingsTable,
              key,
              FormatHeader.wrap(value, kind: .setting)
            )
          } else {
            try transaction.delete(handles.settingsTable, key)
          }
        }
      }
    }
  }
}

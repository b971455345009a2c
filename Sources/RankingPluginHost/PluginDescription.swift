// SPDX-License-Identifier: Apache-2.0

internal import CPluginRuntime
internal import CRankingPlugin
internal import JSON

/// What a plugin says of itself.
public struct PluginDescription: Equatable, Sendable {
  /// A reverse domain name.
  public var id: String
  /// The plugin's version.
  public var version: String
  /// The minor version of the ABI that it was built with.
  public var abiMinor: Int
  /// How many threads may call one instance: RP_THREADS_*.
  var threads: UInt32
  /// RP_NEEDS_* joined.
  var needs: UInt32
  /// The texts of its reason codes.
  var reasons: [UInt32: String]

  /// Reads a descriptor that has been checked.
  init(_ plugin: rp_plugin) throws(PluginError) {
    var reasons: [UInt32: String] = [:]
    for index in 0..<Int(plugin.reason_count) {
      guard let reason = plugin.reasons?[index], let text = reason.text else { continue }
      reasons[reason.code] = String(String(cString: text).prefix(128))
    }
    try self.init(
      id: String(cString: plugin.id),
      version: String(cString: plugin.version),
      abiMinor: Int(plugin.abi_minor),
      threads: plugin.threads,
      needs: plugin.needs,
      reasons: reasons
    )
  }

  private init(
    id: String,
    version: String,
    abiMinor: Int,
    threads: UInt32,
    needs: UInt32,
    reasons: [UInt32: String]
  ) throws(PluginError) {
    let isNamed = id.utf8.allSatisfy { byte in
      Character(UnicodeScalar(byte)).isLetter || Character(UnicodeScalar(byte)).isNumber
        || [UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_")].contains(byte)
    }
    guard isNamed, (1...127).contains(id.utf8.count) else {
      throw PluginError("The plugin's id must be 1 to 127 letters, digits, '.', '-' and '_'.")
    }
    guard version.utf8.count <= 63 else {
      throw PluginError("The plugin's version is over 63 bytes.")
    }
    (self.id, self.version, self.abiMinor) = (id, version, abiMinor)
    (self.threads, self.needs, self.reasons) = (threads, needs, reasons)
  }

  /// The description as a helper process hands it over.
  var json: JSON {
    [
      "id": .string(id), "version": .string(version), "abi_minor": .int(Int64(abiMinor)),
      "threads": .int(Int64(threads)), "needs": .int(Int64(needs)),
      "reasons": .array(
        reasons.sorted { $0.key < $1.key }.map { [.int(Int64($0.key)), .string($0.value)] }
      ),
    ]
  }

  /// Reads what a helper process handed over.
  init(json: JSON) throws(PluginError) {
    guard let id = json["id"]?.string, let version = json["version"]?.string,
      let minor = json["abi_minor"]?.int, let threads = json["threads"]?.int,
      let needs = json["needs"]?.int, let list = json["reasons"]?.array, list.count <= 256,
      let threads = UInt32(exactly: threads), let needs = UInt32(exactly: needs)
    else { throw PluginError("The helper process described the plugin wrongly.") }
    var reasons: [UInt32: String] = [:]
    for pair in list {
      guard let pair = pair.array, pair.count == 2, let code = pair[0].int,
        let code = UInt32(exactly: code), let text = pair[1].string
      else { throw PluginError("The helper process described the plugin wrongly.") }
      reasons[code] = text
    }
    try self.init(
      id: id,
      version: version,
      abiMinor: Int(minor),
      threads: threads,
      needs: needs,
      reasons: reasons
    )
  }
}

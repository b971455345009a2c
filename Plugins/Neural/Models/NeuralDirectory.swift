// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import JSON

/// The directory that holds the runtime, the plugin and the models.
public struct NeuralDirectory: Sendable {
  /// Its path.
  public let path: String

  /// Names a directory, which may be missing.
  public init(path: String) { self.path = path }

  /// Where OpenVINO's libraries lie.
  public var libraries: String { path + "/lib" }
  /// Where the plugin lies.
  public var plugins: String { path + "/plugins" }
  /// Where models lie.
  public var models: String { path + "/models" }
  /// Says which models are in use.
  public var activeFile: String { models + "/active.json" }

  /// What to do where the directory or a part of it is missing.
  public var remedy: String {
    "Neural ranking is not installed in \(path): run 'Scripts/bootstrap --neural', "
      + "or name its directory with --neural-dir."
  }

  /// The names of the models in use where `active.json` does not tell.
  static let defaults: [ModelKind: String] = [.encoder: "minilm", .ranker: "default-ranker"]

  /// The directory, under ``models``, of the model of a kind that is in use; nil for none.
  ///
  /// - Throws: ``NeuralError`` if `active.json` cannot be understood.
  public func active(_ kind: ModelKind) throws(NeuralError) -> String? {
    guard let bytes = FileManager.default.contents(atPath: activeFile) else {
      return Self.defaults[kind]
    }
    guard let json = try? JSON(parsing: [UInt8](bytes)), json.object != nil else {
      throw NeuralError("\(activeFile) is no JSON object: repair or remove it.")
    }
    guard let entry = json[kind.rawValue] else { return Self.defaults[kind] }
    guard let name = entry.string, Self.isModel(name) else {
      throw NeuralError("`\(kind.rawValue)` of \(activeFile) must be ID or ID/VERSION.")
    }
    return name
  }

  /// The model of a kind that is in use; nil for none.
  ///
  /// - Throws: ``NeuralError`` if it cannot be read.
  public func model(_ kind: ModelKind) throws(NeuralError) -> ModelDirectory? {
    guard let name = try active(kind) else { return nil }
    return try ModelDirectory(path: models + "/" + name)
  }

  /// The path of a model named ID or ID/VERSION.
  ///
  /// - Throws: ``NeuralError`` for another name.
  public func path(ofModel name: String) throws(NeuralError) -> String {
    guard Self.isModel(name) else {
      throw NeuralError("'\(name.prefix(80))' is no model's name: give ID or ID/VERSION.")
    }
    return models + "/" + name
  }

  private static func isModel(_ name: String) -> Bool {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    return (1...2).contains(parts.count) && ModelDirectory.isName(String(parts[0]))
      && (parts.count < 2 || ModelDirectory.isName(String(parts[1]), colon: true))
  }
}

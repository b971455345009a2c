// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import JSON

/// The versions of models that lie in a neural directory, and which are in use.
///
/// Any number of processes and threads may use one directory: changes are made one at a time, under a
/// lock of its file `.lock`, and each takes effect by one rename.
public struct ModelCatalog: Sendable {
  /// One version of a model.
  public struct Entry: Equatable, Sendable {
    /// Its directory under ``NeuralDirectory/models``: ID or ID/VERSION.
    public let name: String
    /// What it says of itself.
    public let description: ModelDescription
    /// Whether it is in use.
    public let isActive: Bool
  }

  /// Where the models lie.
  public let directory: NeuralDirectory

  /// Opens a catalogue; nothing is read or made.
  public init(_ directory: NeuralDirectory) { self.directory = directory }

  /// All versions, by name, and what keeps others from being read.
  ///
  /// Digests are not computed: ``verify(_:)`` does that.
  public func entries() -> (entries: [Entry], problems: [String]) {
    var found: [Entry] = []
    var problems: [String] = []
    for name in names() {
      do throws(NeuralError) {
        let description = try ModelDescription(ofDirectory: directory.models + "/" + name)
        let active = try directory.active(description.kind)
        found.append(Entry(name: name, description: description, isActive: active == name))
      } catch {
        problems.append("\(name): \(error.message)")
      }
    }
    return (found, problems)
  }

  /// The version of a model, or the only one for nil.
  ///
  /// - Throws: ``NeuralError`` if there is none, or several and no version is told.
  public func entry(_ id: String, version: String? = nil) throws(NeuralError) -> Entry {
    let all = entries().entries.filter { $0.description.id == id }
    let fitting = all.filter { version == nil || $0.description.version == version }
    if fitting.count == 1, let entry = fitting.first { return entry }
    if fitting.isEmpty {
      let known = all.map(\.description.version).joined(separator: ", ")
      throw NeuralError(
        all.isEmpty
          ? "There is no model `\(id)` in \(directory.models)."
          : "There is no version `\(version ?? "")` of the model `\(id)`: there are \(known)."
      )
    }
    throw NeuralError("The model `\(id)` has several versions: name one.")
  }

  /// Compares the files of a version with the digests that were taken when it was added.
  ///
  /// - Throws: ``NeuralError`` that names the file that differs.
  public func verify(_ entry: Entry) throws(NeuralError) {
    let path = directory.models + "/" + entry.name
    _ = try ModelDirectory(path: path)
    guard let bytes = FileManager.default.contents(atPath: path + "/" + ModelFiles.list) else {
      return  // not added by this catalogue: the digest of model.json is all there is
    }
    guard let list = (try? JSON(parsing: [UInt8](bytes)))?.object else {
      throw NeuralError("\(path)/\(ModelFiles.list) is damaged: add the model again.")
    }
    for file in list where try ModelFiles.digest(path + "/" + file.key) != file.value.string {
      throw NeuralError("\(path)/\(file.key) has changed since it was added: add the model again.")
    }
  }

  /// Directories with a model.json, one or two levels deep.
  private func names() -> [String] {
    func isModel(_ name: String) -> Bool {
      FileManager.default.fileExists(atPath: "\(directory.models)/\(name)/model.json")
    }
    var names: [String] = []
    for id in list(directory.models) where ModelDirectory.isName(id) {
      if isModel(id) { names.append(id) }
      for version in list("\(directory.models)/\(id)")
      where ModelDirectory.isName(version, colon: true) && isModel("\(id)/\(version)") {
        names.append("\(id)/\(version)")
      }
    }
    return names
  }

  private func list(_ path: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }
}

extension ModelDescription {
  /// Reads the model.json of a directory, and nothing else of it.
  init(ofDirectory path: String) throws(NeuralError) {
    let source = path + "/model.json"
    let attributes = try? FileManager.default.attributesOfItem(atPath: source)
    guard let size = attributes?[.size] as? Int, size <= ModelDirectory.descriptionLimit,
      let bytes = FileManager.default.contents(atPath: source)
    else { throw NeuralError("Cannot read \(source), or it is over 1 MiB.") }
    let json: JSON
    do { json = try JSON(parsing: [UInt8](bytes)) } catch {
      throw NeuralError("\(source) is no JSON: \(error)")
    }
    try self.init(json: json)
  }
}

// SPDX-License-Identifier: Apache-2.0

import Foundation
public import JSON
import Neural
import SearchIndex

/// Where models lie and how they are looked at.
public struct ModelOptions: Sendable {
  /// The neural directory's path.
  public var directory: String
  /// The words of the command that looks at a model in a confined process.
  public var helper: [String]

  /// Describes a directory.
  public init(directory: String, helper: [String]) {
    self.directory = directory
    self.helper = helper
  }
}

/// The models of a served neural directory: what administration asks of them while searches run.
///
/// Thread-safe. A change of what is in use loads the plugin `neural` again: its new workers are
/// started and checked beside the old ones, and all stages change over at once, so that each answer
/// comes wholly from one of the two. If they do not start, the model before stays in use.
public final class ModelService: Sendable {
  private let directory: NeuralDirectory
  private let catalog: ModelCatalog
  private let helper: [String]
  private let ranking: RankingService
  private let uploads: ModelUploads

  /// Creates a service; the plugin `neural` of `ranking` takes up changes.
  init(_ options: ModelOptions, ranking: RankingService) {
    directory = NeuralDirectory(path: options.directory)
    helper = options.helper
    self.ranking = ranking
    catalog = ModelCatalog(directory)
    uploads = ModelUploads(directory: directory.models)
  }

  /// All versions of all models.
  public var all: JSON {
    let (entries, problems) = catalog.entries()
    return [
      "models": .array(entries.map(\.json)),
      "problems": .array(problems.map { .string($0) }),
    ]
  }

  /// Begins or replaces one file of a version that is to be added.
  ///
  /// - Returns: Takes the file's bytes.
  /// - Throws: ``IndexError`` if a name is not allowed, or too many uploads wait.
  public func upload(_ id: String, version: String, file: String) throws -> ModelUpload {
    guard ModelDirectory.isName(id), ModelDirectory.isName(version, colon: true),
      ModelDirectory.isName(file)
    else {
      throw IndexError(
        .invalid,
        "A model's id, version and files are named by 1 to 64 letters, digits, '.', '-' and '_'."
      )
    }
    return try uploads.begin("\(id)@\(version)", file: file)
  }

  /// Checks the files that were uploaded for a version and adds it to the catalogue.
  ///
  /// - Throws: ``IndexError`` with code invalid that says why the model is refused.
  public func add(_ id: String, version: String, isForced: Bool) throws -> JSON {
    let path = try uploads.take("\(id)@\(version)")
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try refusing {
      let entry = try catalog.add(path, isForced: isForced) { copy throws(NeuralError) in
        let description = try ModelDirectory(path: copy).description
        guard description.id == id, description.version == version else {
          throw NeuralError(
            "model.json says \(description.id), \(description.version): upload it under these names."
          )
        }
        _ = try ModelProbe.check(copy, neural: directory, helper: helper)
      }
      return entry.json
    }
  }

  /// Puts a version in use.
  ///
  /// - Throws: ``IndexError`` with code invalid if it is unknown, damaged, worse than the one in use
  ///   and not forced, or does not start.
  public func activate(_ id: String, version: String, isForced: Bool) throws -> JSON {
    try refusing {
      try catalog.activate(id, version: version, isForced: isForced) {
        try ranking.reload("neural")
      }
      .json
    }
  }

  /// Returns to the model that was in use before.
  ///
  /// - Throws: ``IndexError`` with code invalid if there is none.
  public func rollBack(_ id: String) throws -> JSON {
    try refusing { try catalog.rollBack(id) { try ranking.reload("neural") }.json }
  }

  /// Removes a version that is not in use.
  ///
  /// - Throws: ``IndexError`` with code invalid if it is in use or unknown.
  public func remove(_ id: String, version: String) throws {
    try refusing { try catalog.remove(id, version: version) }
  }

  private func refusing<T>(_ body: () throws -> T) throws -> T {
    do { return try body() } catch let error as NeuralError {
      throw IndexError(.invalid, error.message)
    }
  }
}

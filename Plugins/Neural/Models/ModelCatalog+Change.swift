// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import JSON

extension ModelCatalog {
  /// A change of what is in use.
  public struct Activation: Equatable, Sendable {
    /// The kind of model.
    public let kind: ModelKind
    /// What is in use now: ID or ID/VERSION.
    public let active: String
    /// What was in use before; nil for nothing.
    public let replaced: String?
    /// How the measured quality compares, for people.
    public let comparison: String
  }

  /// Models of a kind that a roll-back can return to.
  private static let historyLimit = 16

  /// Adds a version: its files are copied and hashed, the copy is checked, and only then it is there.
  ///
  /// - Parameters:
  ///   - source: The model's directory.
  ///   - isForced: Whether to take a model that measured worse than the one in use.
  ///   - check: Looks at the copy, as ``ModelProbe`` does.
  /// - Returns: The new version.
  /// - Throws: ``NeuralError`` if the model is refused, or the version is there already.
  public func add(
    _ source: String,
    isForced: Bool,
    check: (String) throws(NeuralError) -> Void
  ) throws(NeuralError) -> Entry {
    let copy = "\(directory.models)/.adding-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: copy) }
    try ModelFiles.copy(source, to: copy)
    let description = try ModelDirectory(path: copy).description
    try check(copy)
    let name = "\(description.id)/\(description.version)"
    try withLock { () throws(NeuralError) in
      _ = try compare(description, isForced: isForced)
      let isKnown = entries().entries.contains {
        $0.description.id == description.id && $0.description.version == description.version
      }
      guard !isKnown else {
        throw NeuralError(
          "The model `\(description.id)` has the version `\(description.version)` already: a version "
            + "is never replaced, choose another."
        )
      }
      try ModelFiles.make("\(directory.models)/\(description.id)")
      try ModelFiles.move(copy, to: "\(directory.models)/\(name)")
    }
    return Entry(name: name, description: description, isActive: false)
  }

  /// Puts a version in use, in place of the one of its kind that is.
  ///
  /// `adopt` brings it into effect where a server runs; if it throws, all is as before.
  ///
  /// - Throws: ``NeuralError`` if the version is unknown or damaged, or measured worse than the one in
  ///   use and `isForced` is not set; and what `adopt` throws.
  public func activate(
    _ id: String,
    version: String? = nil,
    isForced: Bool,
    adopt: () throws -> Void = {}
  ) throws -> Activation {
    try withLock {
      let entry = try entry(id, version: version)
      guard [.encoder, .ranker].contains(entry.description.kind) else {
        throw NeuralError(
          "A model of kind \(entry.description.kind.rawValue) is not put in use for all: name it in a "
            + "profile's stage, {\"plugin\": \"neural\", \"config\": {\"model\": \"\(entry.name)\"}}."
        )
      }
      try verify(entry)
      let comparison = try compare(entry.description, isForced: isForced)
      let replaced = try directory.active(entry.description.kind)
      guard replaced != entry.name else {
        throw NeuralError("\(entry.name) is in use already.")
      }
      var history = try history(entry.description.kind)
      if let replaced { history.append(replaced) }
      try change(entry.description.kind, to: entry.name, history, adopt)
      return Activation(
        kind: entry.description.kind,
        active: entry.name,
        replaced: replaced,
        comparison: comparison
      )
    }
  }

  /// Returns to the model that was in use before the model `id` was.
  ///
  /// - Throws: ``NeuralError`` if `id` is not in use, or there was none before; and what `adopt` throws,
  ///   all being as before then.
  public func rollBack(_ id: String, adopt: () throws -> Void = {}) throws -> Activation {
    try withLock {
      let active = entries().entries.filter { $0.isActive && $0.description.id == id }
      guard let entry = active.first else {
        throw NeuralError("The model `\(id)` is not in use: there is nothing to go back from.")
      }
      var history = try history(entry.description.kind)
      guard let before = history.popLast() else {
        throw NeuralError("No model was in use before \(entry.name).")
      }
      guard let target = entries().entries.first(where: { $0.name == before }) else {
        throw NeuralError("The model \(before), which was in use before, is no longer there.")
      }
      try verify(target)
      try change(entry.description.kind, to: before, history, adopt)
      return Activation(
        kind: entry.description.kind,
        active: before,
        replaced: entry.name,
        comparison: ""
      )
    }
  }

  /// Removes a version that is not in use; a roll-back can no longer return to it.
  ///
  /// - Throws: ``NeuralError`` if it is unknown or in use.
  public func remove(_ id: String, version: String) throws(NeuralError) {
    try withLock { () throws(NeuralError) in
      let entry = try entry(id, version: version)
      guard !entry.isActive else {
        throw NeuralError("\(entry.name) is in use: activate another version first.")
      }
      let kind = entry.description.kind
      let history = try history(kind)
      if history.contains(entry.name), let active = try directory.active(kind) {
        try write(kind, active, history.filter { $0 != entry.name })
      }
      let path = "\(directory.models)/\(entry.name)"
      let away = "\(directory.models)/.removed-\(UUID().uuidString)"
      // Gone at once for all who look, then file by file. A model that is its id's own directory may
      // have versions beside it, which stay.
      if entry.name.contains("/") {
        try ModelFiles.move(path, to: away)
        try? FileManager.default.removeItem(atPath: away)
      } else {
        try ModelFiles.move(path + "/model.json", to: away)
        try? FileManager.default.removeItem(atPath: away)
        if let file = entry.description.file {
          try? FileManager.default.removeItem(atPath: "\(path)/\(file)")
        }
      }
    }
  }

  /// Whether a model measured worse than the one in use, on the same judgments and by the same measure.
  ///
  /// - Returns: How they compare, in words.
  /// - Throws: ``NeuralError`` if it did and `isForced` is not set.
  private func compare(
    _ description: ModelDescription,
    isForced: Bool
  ) throws(NeuralError) -> String {
    guard let active = try directory.active(description.kind),
      let present = try? ModelDescription(ofDirectory: "\(directory.models)/\(active)")
    else { return "no model of this kind is in use" }
    let (new, old) = (ModelMetric(description), ModelMetric(present))
    guard let new, let old, new.name == old.name, new.judgments == old.judgments else {
      return "\(active) was not measured alike, so the two are not compared"
    }
    let text = "\(new.name) \(new.value) on \(new.judgments), \(active) has \(old.value)"
    guard new.value >= old.value || isForced else {
      throw NeuralError(
        "The model is worse than the one in use: \(text). Force it to take it still."
      )
    }
    return text
  }

  private func history(_ kind: ModelKind) throws(NeuralError) -> [String] {
    (try stored()["history"]?[kind.rawValue]?.array ?? []).compactMap(\.string)
  }

  private func stored() throws(NeuralError) -> JSON {
    guard let bytes = FileManager.default.contents(atPath: directory.activeFile) else {
      return .object([])
    }
    guard let json = try? JSON(parsing: [UInt8](bytes)), json.object != nil else {
      throw NeuralError("\(directory.activeFile) is no JSON object: repair or remove it.")
    }
    return json
  }

  private func change(
    _ kind: ModelKind,
    to name: String,
    _ history: [String],
    _ adopt: () throws -> Void
  ) throws {
    let before = FileManager.default.contents(atPath: directory.activeFile)
    try write(kind, name, history)
    do {
      try adopt()
    } catch {
      if let before {
        try ModelFiles.write([UInt8](before), to: directory.activeFile)
      } else {
        unlink(directory.activeFile)
      }
      throw error
    }
  }

  private func write(
    _ kind: ModelKind,
    _ name: String,
    _ history: [String]
  ) throws(NeuralError) {
    let stored = try stored()
    let kept = history.suffix(Self.historyLimit).map { JSON.string($0) }
    let histories = Self.setting(stored["history"] ?? .object([]), kind.rawValue, .array(kept))
    let all = Self.setting(
      Self.setting(stored, kind.rawValue, .string(name)),
      "history",
      histories
    )
    try ModelFiles.write(all.serialized(), to: directory.activeFile)
  }

  private static func setting(_ object: JSON, _ key: String, _ value: JSON) -> JSON {
    .object((object.object ?? []).filter { $0.key != key } + [JSON.Member(key, value)])
  }

  /// One change at a time, over all processes.
  private func withLock<T, Failure: Error>(
    _ body: () throws(Failure) -> T
  ) throws(Failure) -> T {
    let file = open(directory.models + "/.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    defer { if file >= 0 { close(file) } }
    // Without a lock file nothing can be written either, which the change itself will tell.
    if file >= 0 { while flock(file, LOCK_EX) != 0, errno == EINTR {} }
    return try body()
  }
}

/// What was measured of a model: the measure that `metrics` names in `metric`, else nDCG@10.
struct ModelMetric {
  let name: String
  let value: Double
  let judgments: String

  init?(_ description: ModelDescription) {
    name = description.metrics["metric"]?.string ?? "ndcg@10"
    guard let value = description.metrics[name]?.double, value.isFinite,
      let judgments = description.metrics["judgments"]?.string
    else { return nil }
    self.value = value
    self.judgments = judgments
  }
}

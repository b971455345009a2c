// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Foundation
import JSON
import Neural
import SearchIndex

/// Goes round the collections and brings their vectors up to date, a step for each in turn.
///
/// One thread at a time.
final class EmbeddingWork {
  /// What the work tells of itself.
  enum Report {
    /// The encoder in use, by id and version; nil for none.
    case model(String?)
    /// How far the vectors of a collection's source are.
    case progress(EmbeddingProgress)
    /// Why the work on a collection does not go on.
    case problem(collection: String, String)
    /// A collection that is there no more.
    case removed(String)
  }

  /// What was seen when a collection had nothing left to do.
  private struct Seen: Equatable {
    var number: UInt32
    var segments: [UInt64]
    var documents: Int
    var fields: EmbeddingFields
    var model: String?
  }

  /// Seconds after which a collection without changes is looked at again, for deleted documents.
  private static let rest: UInt64 = 10

  private let vectors: VectorStore
  private let store: IndexStore
  private let settings: SettingsStore
  private let command: EncoderCommand?
  private var encoder: TextEncoder?
  /// The file of the encoder in use as it was when it was loaded.
  private var loaded: (name: String, changed: Date?)?
  private var fillers: [String: SpaceFiller] = [:]
  private var seen: [String: (state: Seen, at: UInt64)] = [:]
  /// Why texts are not embedded, or nil.
  private(set) var problem: String?

  init(
    _ vectors: VectorStore,
    _ store: IndexStore,
    _ settings: SettingsStore,
    _ command: EncoderCommand?
  ) {
    self.vectors = vectors
    self.store = store
    self.settings = settings
    self.command = command
    chooseEncoder()
  }

  /// Whether texts can be embedded.
  var hasEncoder: Bool { encoder != nil }

  /// Does a step for each collection.
  ///
  /// - Returns: Whether there is more to do at once.
  func round(report: (Report) -> Void) -> Bool {
    chooseEncoder()
    report(.model(encoder?.name))
    encoder?.rest()
    var isBusy = false
    let collections = store.collections
    for collection in collections {
      do {
        if try step(collection, report: { report(.progress($0)) }) { isBusy = true }
      } catch {
        // A full disk or a damaged document: told, and tried again at the next round.
        report(.problem(collection: collection.name, "\(error)"))
      }
    }
    let names = Set(collections.map(\.name))
    for space in vectors.all where !names.contains(space.collection) {
      try? vectors.remove(space)
      seen[space.collection] = nil
      fillers["\(space.number)"] = nil
      report(.removed(space.collection))
    }
    return isBusy
  }

  /// Does a step for each source of a collection's vectors.
  ///
  /// - Returns: Whether there is more to do at once.
  func step(_ collection: Collection, report: (EmbeddingProgress) -> Void) throws -> Bool {
    let snapshot = collection.snapshot
    let metadata = CollectionDetails(stored: settings.value(.collection, collection.name))
      .members.last { $0.key == "metadata" }?.value
    let fields = EmbeddingFields(snapshot.schema, metadata: metadata)
    let now = DispatchTime.now().uptimeNanoseconds / 1_000_000_000
    let state = Seen(
      number: snapshot.collectionNumber,
      segments: snapshot.segments.map(\.id),
      documents: snapshot.documentCount,
      fields: fields,
      model: encoder?.name
    )
    if let before = seen[collection.name], before.state == state, now - before.at < Self.rest {
      return false
    }
    var isDone = true
    for (source, dimension) in fields.vectors {
      let space = try vectors.open(collection.name, source, model: "", dimension: dimension)
      if try fill(space, snapshot, fields, nil, report) != .done { isDone = false }
    }
    var isBlocked = false
    if let encoder, !fields.texts.isEmpty {
      let space = try vectors.open(
        collection.name,
        VectorSpace.textSource,
        model: encoder.name,
        dimension: encoder.dimension
      )
      let outcome = try fill(space, snapshot, fields, encoder, report)
      if outcome != .done { isDone = false }
      isBlocked = outcome == .blocked
      if outcome == .done { try retire(before: space) }
    }
    let sources = fields.vectors.map(\.field) + [VectorSpace.textSource]
    for space in vectors.all
    where space.collection == collection.name && !sources.contains(space.source) {
      try vectors.remove(space)
    }
    seen[collection.name] = isDone ? (state, now) : nil
    return !isDone && !isBlocked
  }

  private func fill(
    _ space: VectorSpace,
    _ snapshot: Snapshot,
    _ fields: EmbeddingFields,
    _ encoder: TextEncoder?,
    _ report: (EmbeddingProgress) -> Void
  ) throws -> SpaceFiller.Outcome {
    let key = "\(space.number)"
    var filler = fillers[key] ?? SpaceFiller(vectors, space)
    let started = DispatchTime.now().uptimeNanoseconds
    let outcome = try filler.step(snapshot, fields, encoder)
    let seconds = Double(DispatchTime.now().uptimeNanoseconds - started) / 1e9
    fillers[key] = filler
    var progress = EmbeddingProgress(
      collection: space.collection,
      source: space.source,
      model: space.model,
      done: min(filler.space.count, snapshot.documentCount),
      documents: snapshot.documentCount
    )
    progress.isComplete = outcome == .done
    progress.failed = filler.failed
    progress.rate = filler.embedded > 0 ? Double(filler.embedded) / max(seconds, 1e-6) : 0
    if outcome == .blocked { progress.problem = encoder?.problem ?? "The encoder does not work." }
    report(progress)
    return outcome
  }

  /// Removes the vectors of other models once those of this one are there, but for the one before it,
  /// to which the way back is then short.
  private func retire(before space: VectorSpace) throws {
    let others = vectors.all.filter {
      $0.collection == space.collection && $0.source == space.source && $0.number != space.number
    }
    for old in others.sorted(by: { $0.number > $1.number }).dropFirst() { try vectors.remove(old) }
  }

  /// Takes the encoder that is in use now.
  private func chooseEncoder() {
    guard let command else { return }
    do throws(NeuralError) {
      guard let name = try command.directory.active(.encoder) else {
        (encoder, loaded, problem) = (nil, nil, nil)
        return
      }
      let path = command.directory.models + "/" + name + "/model.json"
      let attributes = try? FileManager.default.attributesOfItem(atPath: path)
      let changed = attributes?[.modificationDate] as? Date
      // A model's files are read once, as their digest takes a while.
      if let loaded, loaded.name == name, loaded.changed == changed { return }
      loaded = (name, changed)
      encoder = nil
      guard let model = try command.directory.model(.encoder) else { return }
      encoder = TextEncoder(command, model)
      problem = nil
    } catch {
      (encoder, problem) = (nil, "\(error)")
    }
  }
}

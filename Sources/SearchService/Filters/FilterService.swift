// SPDX-License-Identifier: Apache-2.0
//
// The collaborative filters of a data directory in service. Once a second, in the background:
//
//   the files       a model that is new, whoever trained it, is read and checked, and then answers
//   the events      what shoppers took up since is added to the model (FilterUpdates)
//   the schedule    a model that is due is trained, one at a time
//
// A forgotten shopper's part in what was added goes at once: the additions are made anew from the log.
// The trained rows, which are sums over all shoppers, lose it with the next training, which then is due.

import Behaviour
import CollaborativeFiltering
import Dispatch
import Foundation
import SearchIndex
import Synchronization

/// When and how collaborative filters are trained.
public struct FilterOptions: Sendable {
  /// The words of the command that trains; empty for no training.
  public var trainer: [String]
  /// Hours from one training to the next, where events have come since; 0 for none by the clock.
  public var hours: Double
  /// Events after which a model is trained anew; 0 for none by their number.
  public var events: Int

  /// A day between trainings unless told.
  public init(trainer: [String] = [], hours: Double = 24, events: Int = 0) {
    (self.trainer, self.hours, self.events) = (trainer, hours, events)
  }
}

/// The collaborative filters of all collections.
///
/// Thread-safe; asking for a filter never waits for files or trainings.
public final class FilterService: Sendable {
  /// A model in service.
  struct Entry {
    var live: LiveFilter
    var stamp: FileStamp
    var note: TrainingNote?
    /// The last event that was added.
    var sequence: UInt64
  }

  struct State {
    var entries: [String: Entry] = [:]
    /// By collection, why the last training or model failed.
    var problems: [String: String] = [:]
    /// Stamps of files that are no models.
    var refused: [String: FileStamp] = [:]
    var training: (collection: String, work: FilterTraining)?
    /// Collections that somebody wants trained.
    var wanted: [String] = []
    /// By collection, when a training was last begun, in milliseconds since 1970.
    var tried: [String: Int64] = [:]
    var isForgetting = false
    var isStopped = true
  }

  let files: FilterFiles
  let store: IndexStore
  let events: EventStore
  let options: FilterOptions
  let state = Mutex(State())
  private let queue = DispatchQueue(label: "martlet.filters", qos: .utility)
  let began: Int64

  init(_ store: IndexStore, events: EventStore, options: FilterOptions) {
    (self.store, self.events, self.options) = (store, events, options)
    files = FilterFiles(dataDirectory: store.directory)
    began = Self.now
  }

  static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

  /// Loads the models that are there and keeps them fresh until ``stop()``.
  public func start() {
    state.withLock { $0.isStopped = false }
    queue.sync { refresh() }
    tick()
  }

  /// Ends the training under way and looks after nothing any more.
  public func stop() {
    state.withLock { state in
      state.isStopped = true
      state.training?.work.stop()
    }
    queue.sync {}
  }

  /// The filter of a collection; nil where none is trained.
  func filter(of collection: String) -> LiveFilter? {
    state.withLock { $0.entries[collection]?.live }
  }

  /// Asks for a training as soon as none other is under way.
  ///
  /// - Throws: ``IndexError`` with code notFound for an unknown collection; with code invalid where
  ///   this process cannot train.
  public func train(_ collection: String) throws {
    _ = try store.collection(named: collection)
    guard !options.trainer.isEmpty else {
      throw IndexError(.invalid, "This server trains no filters: use 'martlet train cf'.")
    }
    state.withLock { state in
      guard state.training?.collection != collection, !state.wanted.contains(collection) else {
        return
      }
      state.wanted.append(collection)
    }
    queue.async { self.refresh() }
  }

  /// Called once a shopper is forgotten, so that no filter remembers either.
  func forget() {
    guard state.withLock({ !$0.entries.isEmpty || $0.training != nil }) else { return }
    try? files.prepare()
    try? Data().write(to: URL(fileURLWithPath: files.forgotten))
    state.withLock { $0.isForgetting = true }
  }

  private func tick() {
    queue.asyncAfter(deadline: .now() + 1) { [weak self] in
      guard let self, !self.state.withLock({ $0.isStopped }) else { return }
      self.refresh()
      self.tick()
    }
  }

  /// One look at files, events and schedule; on the queue.
  func refresh() {
    let collections = store.collections.map(\.name)
    for name in collections { takeUp(name) }
    let isForgetting = state.withLock { state in
      state.entries = state.entries.filter { collections.contains($0.key) }
      defer { state.isForgetting = false }
      return state.isForgetting
    }
    for (name, entry) in state.withLock({ $0.entries }) {
      // What is not added now is added in a second.
      try? addEvents(name, entry, anew: isForgetting)
    }
    schedule(collections)
  }
}

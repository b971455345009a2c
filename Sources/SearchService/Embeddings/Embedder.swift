// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Foundation
import JSON
import Neural
import SearchIndex
import Synchronization

/// Keeps documents' vectors: makes those of their text with the encoder in use, and takes those that
/// documents bring.
///
/// Runs in the background at low priority, one step at a time, and looks at each collection's newest
/// state; a document that is written gets its vector some seconds later. What is on disk when the
/// process ends is not made again. Thread-safe.
public final class Embedder: Sendable {
  /// Milliseconds between looks for something to do.
  private static let interval = 250

  private struct State {
    /// The encoder's id and version; nil without one.
    var model: String?
    var progress: [String: EmbeddingProgress] = [:]
    var isStopping = false
    var isRunning = false
  }

  let vectors: VectorStore
  private let store: IndexStore
  private let settings: SettingsStore
  private let command: EncoderCommand?
  private let state: Mutex<State>
  private let wake = DispatchSemaphore(value: 0)
  private let ended = DispatchSemaphore(value: 0)

  /// - Parameters:
  ///   - store: The collections.
  ///   - settings: What is configured of them.
  ///   - encoder: Makes vectors of text; nil for none.
  /// - Throws: `StoreError` if the vectors on disk cannot be read.
  init(_ store: IndexStore, _ settings: SettingsStore, encoder: EncoderCommand?) throws {
    self.store = store
    self.settings = settings
    command = encoder
    vectors = try VectorStore(store.environment)
    var state = State()
    state.model = (try? encoder?.directory.model(.encoder))?.flatMap { TextEncoder.name($0) }
    self.state = Mutex(state)
  }

  deinit { stop() }

  /// The id and version of the encoder in use; nil for none.
  var model: String? { state.withLock { $0.model } }

  /// How far each collection's vectors are.
  public var progress: [EmbeddingProgress] {
    state.withLock { $0.progress }.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Starts the work in the background.
  public func start() {
    let isFirst = state.withLock { state in
      defer { state.isRunning = true }
      return !state.isRunning
    }
    guard isFirst else { return }
    var command = command
    command?.isStopping = { [weak self] in self?.isStopping ?? true }
    let thread = Thread { [self, command] in
      // On Linux this is the thread's own priority.
      setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
      let work = EmbeddingWork(vectors, store, settings, command)
      while !isStopping {
        let isBusy = work.round(report: report)
        if !isBusy { _ = wake.wait(timeout: .now() + .milliseconds(Self.interval)) }
      }
      ended.signal()
    }
    thread.name = "martlet.embed"
    thread.start()
  }

  /// Ends the work and waits for the step under way.
  public func stop() {
    let isRunning = state.withLock { state in
      defer { (state.isRunning, state.isStopping) = (false, true) }
      return state.isRunning
    }
    guard isRunning else { return }
    wake.signal()
    ended.wait()
  }

  /// Does all that there is to do for one collection on the calling thread.
  ///
  /// `show` is called after each step.
  ///
  /// - Throws: ``IndexError`` with code notFound, or with code invalid if the encoder does not work.
  public func run(_ name: String, show: (EmbeddingProgress) -> Void) throws {
    let collection = try store.collection(named: name)
    let work = EmbeddingWork(vectors, store, settings, command)
    if command != nil, !work.hasEncoder {
      throw IndexError(.invalid, work.problem ?? "There is no encoder.")
    }
    var problem: String?
    var isBusy = true
    while isBusy {
      isBusy = try work.step(collection) { progress in
        report(.progress(progress))
        show(progress)
        problem = progress.problem ?? problem
      }
      if let problem { throw IndexError(.invalid, problem) }
    }
  }

  private var isStopping: Bool { state.withLock { $0.isStopping } }

  private func report(_ report: EmbeddingWork.Report) {
    state.withLock { state in
      switch report {
      case .model(let model): state.model = model
      case .progress(let progress):
        state.progress[progress.collection + "\0" + progress.source] = progress
      case .problem(let collection, let problem):
        for (key, progress) in state.progress where progress.collection == collection {
          state.progress[key]?.problem = problem
        }
      case .removed(let collection):
        state.progress = state.progress.filter { $0.value.collection != collection }
      }
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// A training in a process of its own, which gives way to all others: it may take minutes and much
/// memory, and its end, whatever it is, costs no search.
final class FilterTraining: Sendable {
  private struct State {
    var isRunning = true
    /// The last line that the process wrote.
    var line = ""
    var rest = ""
    var status: Int32 = 0
  }

  private static let longestLine = 300
  private let state = Mutex(State())
  private let identifier: pid_t
  /// Its end tells the process that nobody waits for the model any more.
  private let input = Pipe()

  /// Starts training a collection's model.
  ///
  /// - Throws: The system's error if the process does not start.
  init(_ words: [String], dataDirectory: String, collection: String, model: String) throws {
    let process = Process()
    let errors = Pipe()
    process.executableURL = URL(fileURLWithPath: words.first ?? "")
    process.arguments =
      words.dropFirst() + [
        "--data-dir", dataDirectory, "--collection", collection, "--model", model,
      ]
    process.standardInput = input
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    try process.run()
    identifier = process.processIdentifier
    try? input.fileHandleForReading.close()
    try? errors.fileHandleForWriting.close()
    let reading = errors.fileHandleForReading
    DispatchQueue.global(qos: .utility).async { [self] in
      while case let data = reading.availableData, !data.isEmpty { note(data) }
      process.waitUntilExit()
      state.withLock {
        $0.isRunning = false
        $0.status = process.terminationStatus
      }
    }
  }

  private func note(_ data: Data) {
    let text = String(decoding: data, as: UTF8.self)
    state.withLock { state in
      let lines = (state.rest + text).split(separator: "\n", omittingEmptySubsequences: false)
      state.rest = String((lines.last ?? "").prefix(Self.longestLine))
      if let line = lines.dropLast().last(where: { !$0.isEmpty }) {
        state.line = String(line.prefix(Self.longestLine)).trimmingCharacters(in: .whitespaces)
      }
    }
  }

  /// The last thing that the training told.
  var progress: String { state.withLock { $0.line } }

  /// Why it failed; nil where it succeeded, or is under way.
  var problem: String? {
    state.withLock { state in
      guard !state.isRunning, state.status != 0 else { return nil }
      return state.line.isEmpty ? "The training ended with status \(state.status)." : state.line
    }
  }

  /// Whether it is under way.
  var isRunning: Bool { state.withLock { $0.isRunning } }

  /// Ends it; called again with the same events, it goes on where it stood.
  func stop() { if isRunning { kill(identifier, SIGTERM) } }
}

// SPDX-License-Identifier: Apache-2.0

import Foundation
import Neural

/// Makes vectors of texts in a process that is started when there are some, started again when it
/// fails, and ended when there have been none for a while.
///
/// One thread at a time.
final class TextEncoder {
  /// Texts of one request.
  static let requestSize = 64
  /// Seconds without texts after which the process is ended, as its model takes memory.
  private static let idleSeconds: UInt64 = 60
  /// Seconds to wait at most after the process could not be started.
  private static let longestPause: UInt64 = 120

  private let command: EncoderCommand
  private let model: ModelDirectory
  private var process: EncoderProcess?
  private var lastUse: UInt64 = 0
  private var pause: UInt64 = 0
  private var pausedUntil: UInt64 = 0
  /// Why there are no vectors now, or nil.
  private(set) var problem: String?

  init(_ command: EncoderCommand, _ model: ModelDirectory) {
    self.command = command
    self.model = model
  }

  /// Elements of a vector.
  var dimension: Int { model.description.dimension }
  /// The model's id and version.
  var name: String { Self.name(model) }

  /// A model's id and version.
  static func name(_ model: ModelDirectory) -> String {
    model.description.id + "@" + model.description.version
  }

  /// Ends the process if it has had nothing to do for long.
  func rest() {
    guard process != nil, Self.seconds - lastUse > Self.idleSeconds else { return }
    process = nil
  }

  /// Texts' vectors, nil for those that the model fails on.
  ///
  /// - Returns: Nil if there is no process now: try again later, see ``problem``.
  func encode(_ texts: [String]) -> [QuantizedVector?]? {
    var vectors: [QuantizedVector?] = []
    for start in stride(from: 0, to: texts.count, by: Self.requestSize) {
      let part = Array(texts[start..<min(texts.count, start + Self.requestSize)])
      guard let some = attempt(part) ?? singly(part) else { return nil }
      vectors += some
    }
    return vectors
  }

  /// One text at a time, so that one that the model fails on costs no other its vector.
  private func singly(_ texts: [String]) -> [QuantizedVector?]? {
    var vectors: [QuantizedVector?] = []
    for text in texts {
      if let vector = attempt([text]) ?? attempt([text]) {
        vectors += vector
      } else {
        // Without a process nothing is known of the text.
        guard start() else { return nil }
        vectors.append(nil)
      }
    }
    return vectors
  }

  private func attempt(_ texts: [String]) -> [QuantizedVector?]? {
    guard start(), let process else { return nil }
    lastUse = Self.seconds
    do {
      return try process.encode(texts).map { QuantizedVector($0) }
    } catch let failure as EncoderFailure where !failure.isFatal {
      return nil
    } catch {
      problem = "\(error)"
      self.process = nil
      return nil
    }
  }

  /// Whether the process runs; starts it unless it failed to start lately.
  private func start() -> Bool {
    if process != nil { return true }
    guard Self.seconds >= pausedUntil else { return false }
    do {
      let made = try EncoderProcess(command, model: model.path)
      guard made.dimension == dimension, made.model == name else {
        throw EncoderFailure("The encoder's process has loaded \(made.model) instead of \(name).")
      }
      process = made
      (problem, pause) = (nil, 0)
      return true
    } catch {
      problem = "\(error)"
      pause = min(Self.longestPause, max(1, 2 * pause))
      pausedUntil = Self.seconds + pause
      return false
    }
  }

  private static var seconds: UInt64 { DispatchTime.now().uptimeNanoseconds / 1_000_000_000 }
}

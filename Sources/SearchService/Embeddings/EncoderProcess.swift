// SPDX-License-Identifier: Apache-2.0

import Foundation
public import Neural

/// Starts the process that makes vectors of texts.
public struct EncoderCommand: Sendable {
  /// The program and its first words; the model's directory is added.
  public var words: [String]
  /// The directory of runtime and models.
  public var directory: NeuralDirectory
  /// Whether to wait for the process no longer: a server that stops must not wait for a model to load.
  var isStopping: @Sendable () -> Bool = { false }

  /// - Parameters:
  ///   - words: The program and its first words.
  ///   - directory: The directory of runtime and models.
  public init(_ words: [String], directory: NeuralDirectory) {
    self.words = words
    self.directory = directory
  }
}

/// A process that makes vectors of texts, so that a model that crashes or hangs costs no search.
///
/// One thread at a time.
final class EncoderProcess {
  /// Seconds for the process to load its model, and for one request.
  private static let patience: (start: Int, request: Int) = (60, 120)

  /// Elements of a vector.
  let dimension: Int
  /// The model's id and version.
  let model: String
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private let isStopping: @Sendable () -> Bool

  /// Starts the process and waits until its model is loaded.
  ///
  /// - Throws: ``EncoderFailure`` if it does not start.
  init(_ command: EncoderCommand, model path: String) throws {
    isStopping = command.isStopping
    guard let program = command.words.first else { throw EncoderFailure("No encoder is named.") }
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments =
      command.words.dropFirst() + [
        "--model", path, "--neural-dir", command.directory.path, "--frames",
      ]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    // Only the process itself may hold the other ends, or its death would not be seen.
    try? input.fileHandleForReading.close()
    try? output.fileHandleForWriting.close()
    let deadline = Deadline(seconds: Self.patience.start, isStopping)
    do {
      let head = try Self.read(16, from: output, until: deadline)
      guard head.starts(with: EncoderFrames.magic),
        EncoderFrames.number(head[4..<8]) == EncoderFrames.version
      else { throw EncoderFailure("The encoder's process speaks another protocol.") }
      dimension = Int(EncoderFrames.number(head[8..<12]))
      let length = Int(EncoderFrames.number(head[12..<16]))
      guard (1...QuantizedVector.mostElements).contains(dimension), length <= 1024 else {
        throw EncoderFailure("The encoder's process tells of vectors of \(dimension) elements.")
      }
      model = String(
        decoding: try Self.read(length, from: output, until: deadline),
        as: UTF8.self
      )
    } catch {
      process.terminate()
      throw error
    }
  }

  deinit {
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// Texts' vectors.
  ///
  /// - Throws: ``EncoderFailure``; where ``EncoderFailure/isFatal`` the process is of no more use.
  func encode(_ texts: [String]) throws -> [[Float]] {
    let deadline = Deadline(seconds: Self.patience.request, isStopping)
    let bytes = EncoderFrames.request(texts.map { $0.cut(to: EncoderFrames.longestText) })
    try write(bytes, until: deadline)
    let count = EncoderFrames.number(try Self.read(4, from: output, until: deadline))
    if count == EncoderFrames.failure {
      let length = Int(
        EncoderFrames.number(try Self.read(4, from: output, until: deadline))
      )
      let reason = try Self.read(min(length, 4096), from: output, until: deadline)
      throw EncoderFailure(
        String(decoding: reason, as: UTF8.self),
        isFatal: length > 4096
      )
    }
    guard count == texts.count else {
      throw EncoderFailure("The encoder's process gave \(count) vectors for \(texts.count) texts.")
    }
    let floats = try Self.read(4 * dimension * texts.count, from: output, until: deadline)
    return floats.withUnsafeBytes { floats in
      texts.indices.map { text in
        (0..<dimension).map { element in
          let offset = 4 * (text * dimension + element)
          let bits = floats.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
          return Float(bitPattern: UInt32(littleEndian: bits))
        }
      }
    }
  }

  private func write(_ bytes: [UInt8], until deadline: Deadline) throws {
    let descriptor = input.fileHandleForWriting.fileDescriptor
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    var sent = 0
    while sent < bytes.count {
      try Self.wait(descriptor, Int16(POLLOUT), until: deadline)
      let put = bytes.withUnsafeBytes {
        Foundation.write(descriptor, $0.baseAddress?.advanced(by: sent), bytes.count - sent)
      }
      if put < 0, errno == EINTR || errno == EAGAIN { continue }
      guard put > 0 else { throw EncoderFailure("The encoder's process has ended.") }
      sent += put
    }
  }

  private static func read(
    _ count: Int,
    from pipe: Pipe,
    until deadline: Deadline
  ) throws -> [UInt8] {
    let descriptor = pipe.fileHandleForReading.fileDescriptor
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      try wait(descriptor, Int16(POLLIN), until: deadline)
      let got = bytes.withUnsafeMutableBytes {
        Foundation.read(descriptor, $0.baseAddress?.advanced(by: filled), count - filled)
      }
      if got < 0, errno == EINTR { continue }
      guard got > 0 else {
        throw EncoderFailure("The encoder's process has ended: try 'martlet encode' by hand.")
      }
      filled += got
    }
    return bytes
  }

  private static func wait(_ descriptor: Int32, _ events: Int16, until deadline: Deadline) throws {
    while true {
      guard !deadline.isOver else { throw EncoderFailure("The encoder's process does not answer.") }
      var descriptors = pollfd(fd: descriptor, events: events, revents: 0)
      if poll(&descriptors, 1, 100) > 0 { return }
    }
  }
}

/// How long an encoder's process is waited for.
private struct Deadline {
  private let end: UInt64
  private let isStopping: @Sendable () -> Bool

  init(seconds: Int, _ isStopping: @escaping @Sendable () -> Bool) {
    end = DispatchTime.now().uptimeNanoseconds + UInt64(seconds) * 1_000_000_000
    self.isStopping = isStopping
  }

  var isOver: Bool { DispatchTime.now().uptimeNanoseconds >= end || isStopping() }
}

/// Why texts have no vectors.
struct EncoderFailure: Error, CustomStringConvertible {
  let description: String
  /// Whether the process is of no more use.
  let isFatal: Bool

  init(_ description: String, isFatal: Bool = true) {
    self.description = description
    self.isFatal = isFatal
  }
}

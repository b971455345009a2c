// SPDX-License-Identifier: Apache-2.0

internal import CPluginRuntime
internal import Foundation
internal import JSON

/// Looks at a model that is not trusted yet, in a child process with limits.
///
/// A hostile file can make the runtime take all memory, loop or crash. So the file is opened, and run
/// on odd and ordinary inputs, by a child that has given up network, writing, and memory and time
/// over limits; what it finds comes back, or its end tells.
public enum ModelProbe {
  /// What the child may take.
  public struct Limits: Equatable, Sendable {
    /// Address space in bytes.
    public var memory: UInt64 = 2 << 30
    /// Time from start to end in seconds.
    public var seconds = 30

    /// Creates the default limits.
    public init() {}
  }

  /// What a model that passed has shown.
  public struct Findings: Equatable, Sendable {
    /// The median of some runs, in microseconds: of ``Ranker/batch`` candidates for models that
    /// score, of one short text for an encoder.
    public var runMicroseconds: Double
    /// The time to open and compile, in milliseconds.
    public var loadMilliseconds: Double
  }

  /// Checks the model of a directory.
  ///
  /// - Parameters:
  ///   - path: The model's directory.
  ///   - neural: Where the runtime lies.
  ///   - helper: The words of the command that runs ``serve(_:)`` with the words after them.
  ///   - limits: What the child may take.
  /// - Returns: What it has shown.
  /// - Throws: ``NeuralError`` with the reason why the model is refused.
  public static func check(
    _ path: String,
    neural: NeuralDirectory,
    helper: [String],
    limits: Limits = Limits()
  ) throws(NeuralError) -> Findings {
    let directory = try ModelDirectory(path: path)
    // A linear ranker has been read whole.
    guard directory.file != nil else { return Findings(runMicroseconds: 0, loadMilliseconds: 0) }
    let answer = try ask(helper + [neural.path, path, "\(limits.memory)"], limits)
    guard let json = try? JSON(parsing: answer) else {
      throw NeuralError("The check of the model \(path) gave no answer.")
    }
    if let reason = json["refused"]?.string { throw NeuralError(reason) }
    return Findings(
      runMicroseconds: json["run_us"]?.double ?? 0,
      loadMilliseconds: json["load_ms"]?.double ?? 0
    )
  }

  /// Runs the child to its end; what it wrote.
  private static func ask(_ words: [String], _ limits: Limits) throws(NeuralError) -> [UInt8] {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0, ends.allSatisfy({ fcntl($0, F_SETFD, FD_CLOEXEC) == 0 }) else {
      throw NeuralError("Cannot make a pipe: \(String(cString: strerror(errno))).")
    }
    defer { close(ends[0]) }
    var arguments = words.map { strdup($0) } + [nil]
    let process = martlet_spawn(words.first ?? "", &arguments, ends[1])
    for argument in arguments { free(argument) }
    close(ends[1])
    guard process > 0 else {
      throw NeuralError("The check cannot start: \(String(cString: strerror(-process))).")
    }
    let deadline = martlet_now() + UInt64(limits.seconds) * 1_000_000_000
    var answer: [UInt8] = []
    let isInTime = read(ends[0], &answer, until: deadline)
    if !isInTime { kill(process, SIGKILL) }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    guard isInTime else {
      throw NeuralError("The model is refused: looking at it took over \(limits.seconds) s.")
    }
    let signal = status & 0x7F
    guard signal == 0 else {
      throw NeuralError(
        "The model is refused: opening or running it ended the process by signal \(signal)."
      )
    }
    return answer
  }

  /// Reads to the end of a pipe; whether that came in time.
  private static func read(_ pipe: Int32, _ answer: inout [UInt8], until deadline: UInt64) -> Bool {
    var piece = [UInt8](repeating: 0, count: 4096)
    while answer.count < 1 << 16 {
      let now = martlet_now()
      guard now < deadline else { return false }
      var watched = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
      guard poll(&watched, 1, Int32(clamping: (deadline - now) / 1_000_000 + 1)) > 0 else {
        continue
      }
      let count = Foundation.read(pipe, &piece, piece.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return true }
      answer.append(contentsOf: piece[..<count])
    }
    return true
  }
}

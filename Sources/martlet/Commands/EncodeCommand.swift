// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import Neural
import SearchService

/// The verb `encode` of the command line, which is also the server's process that makes vectors.
enum EncodeCommand: Command {
  static let name = "encode"
  static let summary = "turn lines of text into vectors with a sentence encoder"
  static let help = """
    Usage: martlet encode [--model DIR] [OPTIONS] < LINES > VECTORS

    Writes for each line of standard input a JSON array of numbers: a vector of unit length. The
    product of two vectors tells how close two texts are in meaning, 1 for the same.

      --model DIR      the encoder's directory; the one in use unless told
      --neural-dir D   where neural ranking is installed
      --threads N      threads of one run; 1 unless told
      --frames         speak the binary protocol of the server instead of lines
      --background     give way to every other process

    Example: echo 'cordless drill' | martlet encode
    """

  /// Lines encoded together.
  private static let batch = 256
  /// Bytes that the process may allocate where it runs in the background.
  private static let memoryLimit: rlim_t = 3 << 30

  static func run(_ words: [String]) throws {
    let arguments = try Arguments(
      words,
      options: ["model", "neural-dir", "threads"],
      switches: ["frames", "background"]
    )
    guard arguments.positional.isEmpty else {
      throw CommandError.usage("Lines are read from standard input: martlet encode < FILE.")
    }
    if arguments.flags.contains("background") { giveWay() }
    let encoder = try load(arguments)
    if arguments.flags.contains("frames") {
      try EncoderService(dimension: encoder.dimension, model: encoder.model) {
        try encoder.encode($0)
      }.run()
    } else {
      try encodeLines(encoder)
    }
  }

  /// How a server starts the process that makes vectors; nil where neural ranking is not installed.
  static func process(_ directory: NeuralDirectory, threads: Int = 1) -> EncoderCommand? {
    guard FileManager.default.fileExists(atPath: directory.libraries) else { return nil }
    return EncoderCommand(
      ["/proc/self/exe", name, "--background", "--threads", "\(threads)"],
      directory: directory
    )
  }

  private static func load(_ arguments: Arguments) throws -> SentenceEncoder {
    let directory = PluginArguments.neural(arguments)
    let threads = try arguments.integer("threads", default: 1)
    guard (1...256).contains(threads) else {
      throw CommandError.usage("--threads takes 1 to 256.")
    }
    let runtime = try InferenceRuntime(directory)
    let model: ModelDirectory
    if let path = arguments.values["model"] {
      model = try ModelDirectory(path: path)
    } else if let active = try directory.model(.encoder) {
      model = active
    } else {
      throw CommandError(message: directory.remedy)
    }
    return try SentenceEncoder(directory: model, runtime: runtime, threads: threads)
  }

  private static func encodeLines(_ encoder: SentenceEncoder) throws {
    var lines: [String] = []
    func flush() throws {
      var writer = JSONWriter()
      for vector in try encoder.encode(lines) {
        writer.write(JSON.array(vector.map { .double(Double($0)) }))
        writer.bytes.append(0x0A)
      }
      try FileHandle.standardOutput.write(contentsOf: writer.bytes)
      lines.removeAll(keepingCapacity: true)
    }
    while let line = readLine() {
      lines.append(line)
      if lines.count == batch { try flush() }
    }
    try flush()
  }

  /// Linux's policy for work that gives way to all other; its macro is behind a feature flag of C.
  private static let idlePolicy: Int32 = 5

  /// Takes processor time that nobody else wants, and is the first to go where memory is short.
  private static func giveWay() {
    setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
    var parameters = sched_param()
    sched_setscheduler(0, idlePolicy, &parameters)
    var limit = rlimit(rlim_cur: memoryLimit, rlim_max: memoryLimit)
    setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit)
    try? "1000".write(toFile: "/proc/self/oom_score_adj", atomically: false, encoding: .utf8)
  }
}

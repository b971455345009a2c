// SPDX-License-Identifier: Apache-2.0

import Foundation
import Neural
import SearchService

/// Where neural ranking is installed, as commands are told.
enum NeuralArguments {
  /// The directory of --neural-dir, else of the environment, else of the user's data.
  static func directory(_ arguments: Arguments) -> NeuralDirectory {
    let environment = ProcessInfo.processInfo.environment
    let home = environment["XDG_DATA_HOME"] ?? NSHomeDirectory() + "/.local/share"
    return NeuralDirectory(
      path: arguments.values["neural-dir"] ?? environment["MARTLET_NEURAL_DIR"]
        ?? home + "/martlet/neural"
    )
  }

  /// How to start the process that makes vectors; nil where neural ranking is not installed.
  static func encoder(_ directory: NeuralDirectory, threads: Int = 1) -> EncoderCommand? {
    guard FileManager.default.fileExists(atPath: directory.libraries) else { return nil }
    return EncoderCommand(
      [
        "/proc/self/exe", EncodeCommand.name, "--background", "--threads", "\(threads)",
      ],
      directory: directory
    )
  }
}

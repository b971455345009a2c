// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import Neural
import Ranking
import RankingPluginHost
import SearchService

/// Where a command's ranking plugins and its built-in profile come from.
struct PluginArguments {
  /// Runs plugins; nil where there are none.
  let host: HostConfiguration?
  /// The profiles that come with the server.
  let profiles: [BuiltInProfile]
  /// Where neural ranking lies, or would.
  let neural: NeuralDirectory

  init(_ arguments: Arguments) throws {
    neural = Self.neural(arguments)
    let file = neural.plugins + "/neural.so"
    let isInstalled = FileManager.default.fileExists(atPath: file)
    profiles = [
      BuiltInProfile(Self.profile, problem: isInstalled ? nil : neural.remedy)
    ]
    guard isInstalled || arguments.values["plugin-dir"] != nil else {
      host = nil
      return
    }
    if let path = arguments.values["plugin-dir"] { try Self.checkDirectory(path) }
    let processors = ProcessInfo.processInfo.activeProcessorCount
    var configuration = HostConfiguration(
      directory: arguments.values["plugin-dir"] ?? "",
      workDirectory: NSTemporaryDirectory() + "martlet-plugins-\(getpid())",
      processors: processors
    )
    configuration.helper = ["/proc/self/exe", PluginHelperCommand.name]
    if isInstalled {
      // Opening models and running them in all shapes takes a second, and longer on busy processors.
      configuration.startMilliseconds = 60_000
      configuration.builtIn["neural"] = BuiltInPlugin(
        directory: neural.plugins,
        config: [JSON.Member("directory", .string(neural.path))],
        workers: max(1, min(4, processors)),
        graceMilliseconds: 1_000
      )
    }
    if let path = arguments.values["plugin-allow"] {
      let lines = try ServeArguments.text(path).split(whereSeparator: \.isNewline)
      configuration.allowedHashes = Set(lines.map { String($0.prefix { $0 != " " }).lowercased() })
    }
    configuration.log = { plugin, level, line in
      note("plugin \(plugin) [\(level)]: \(line)")
    }
    host = configuration
  }

  private static func checkDirectory(_ path: String) throws {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory),
      isDirectory.boolValue
    else {
      throw CommandError(
        message: "There is no directory '\(path)': check --plugin-dir, or make it."
      )
    }
  }

  /// The directory that is named, by an option or the environment; else the user's.
  static func neural(_ arguments: Arguments) -> NeuralDirectory {
    let environment = ProcessInfo.processInfo.environment
    let data = environment["XDG_DATA_HOME"] ?? (environment["HOME"] ?? "") + "/.local/share"
    return NeuralDirectory(
      path: arguments.values["neural-dir"] ?? environment["MARTLET_NEURAL_DIR"]
        ?? data + "/martlet/neural"
    )
  }

  /// The profile `neural`: one core, 10 ms, the best 100 candidates.
  private static var profile: RankingProfile {
    var stage = RankingStage(plugin: "neural")
    stage.budgetMicroseconds = 10_000
    stage.window = 100
    var profile = RankingProfile(name: "neural", stages: [stage])
    profile.budgetMicroseconds = 10_000
    return profile
  }
}

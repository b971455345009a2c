// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import Ranking
import RankingPluginHost

/// The verb `plugin` of the command line.
enum PluginCommand: Command {
  static let name = "plugin"
  static let summary = "start, check and measure a ranking plugin"
  static let help = """
    Usage: martlet plugin new NAME [--language swift|c]
           martlet plugin check FILE.so [--config JSON] [--budget-us 5000]
           martlet plugin bench FILE.so [--config JSON] [--queries 2000] [--pause-us 0]
                                  [--budget-us 1000000] [--json]

    new    makes the directory NAME with a plugin that works, its build script, and the interface.
    check  tries the rules of the interface: any number of candidates, odd features, equal scores
           for equal queries, the deadline, eight threads, memory. The exit status is 1 if it
           breaks one.
    bench  measures what the plugin adds to a query on a thread and in a helper process.

      --language L   swift (the default) or c
      --config JSON  the plugin's configuration
      --budget-us N  the microseconds that it may take: for 1,000 candidates, where it is checked
      --queries N    queries for each figure
      --pause-us N   idle microseconds between queries, as a server sees them
      --json         prints JSON

    Documentation/PluginGuide.md leads from nothing to a loaded plugin.

    Examples:
      martlet plugin new popularity --language c && popularity/build
      martlet plugin check popularity/popularity.so
    """

  static func run(_ words: [String]) throws {
    let rest = Array(words.dropFirst())
    switch words.first {
    case "new": try PluginNew.run(rest)
    case "check": try check(rest)
    case "bench": try PluginBench.run(rest)
    default: throw CommandError.usage("Say what to do: 'martlet plugin new|check|bench ...'.")
    }
  }

  private static func check(_ words: [String]) throws {
    let arguments = try Arguments(words, options: ["config", "budget-us"], switches: [])
    let (configuration, stage) = try source(arguments)
    let check = try PluginCheck(
      configuration,
      stage: stage,
      budgetMicroseconds: try arguments.integer("budget-us", default: 5000)
    )
    var failures = 0
    try check.run { finding in
      failures += finding.problem == nil ? 0 : 1
      print((finding.problem == nil ? "ok    " : "FAIL  ") + finding.rule)
      if let problem = finding.problem { print("      \(problem)") }
    }
    if failures > 0 { throw CommandError(message: "The plugin breaks \(failures) rules.") }
  }

  /// Where the plugin of a command line lies, and a stage that uses it.
  static func source(_ arguments: Arguments) throws -> (HostConfiguration, RankingStage) {
    guard let file = arguments.positional.first, file.hasSuffix(".so") else {
      throw CommandError.usage("Name the plugin's file, NAME.so.")
    }
    let url = URL(fileURLWithPath: file)
    var configuration = HostConfiguration(
      directory: url.deletingLastPathComponent().path,
      workDirectory: NSTemporaryDirectory() + "martlet-plugin-\(getpid())",
      processors: ProcessInfo.processInfo.activeProcessorCount
    )
    let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    configuration.helper = [program, PluginHelperCommand.name]
    var stage = RankingStage(plugin: url.deletingPathExtension().lastPathComponent)
    if let text = arguments.values["config"] {
      stage.config = try JSON(parsing: text)
      guard stage.config.object != nil else {
        throw CommandError.usage("--config takes a JSON object.")
      }
    }
    return (configuration, stage)
  }
}

// SPDX-License-Identifier: Apache-2.0

import Behaviour
import Foundation
import JSON
import Neural
import RankingPluginHost
import SearchIndex

/// One verb of the command line.
protocol Command {
  /// What is typed after `martlet`.
  static var name: String { get }
  /// One line for the overview.
  static var summary: String { get }
  /// The help page: usage, options, examples.
  static var help: String { get }
  /// Runs with the words after the verb.
  static func run(_ words: [String]) throws
}

@main
struct Martlet {
  static var commands: [any Command.Type] {
    [
      ServeCommand.self, ImportCommand.self, SearchCommand.self, SuggestCommand.self,
      EvaluateCommand.self,
      TrainCommand.self, ExportCommand.self, BenchCommand.self, EventsCommand.self,
      PluginCommand.self, ModelCommand.self,
      EncodeCommand.self, EmbedCommand.self, InspectCommand.self, CompactCommand.self,
      BackupCommand.self,
    ]
  }

  static func main() {
    signal(SIGPIPE, SIG_IGN)
    let words = Array(CommandLine.arguments.dropFirst())
    if words.first == PluginHelperCommand.name { PluginHelperCommand.run(Array(words.dropFirst())) }
    if words.first == ModelProbeCommand.name { ModelProbeCommand.run(Array(words.dropFirst())) }
    do {
      try run(words)
    } catch let error as CommandError {
      fail(error.message, status: error.status)
    } catch let error as IndexError {
      fail(error.message, status: 1)
    } catch let error as BehaviourError {
      fail(error.message, status: 1)
    } catch let error as PluginError {
      fail(error.message, status: 1)
    } catch let error as NeuralError {
      fail(error.message, status: 1)
    } catch let error as JSONError {
      fail(error.message, status: 1)
    } catch {
      fail("\(error)", status: 1)
    }
  }

  private static func run(_ words: [String]) throws {
    guard let verb = words.first, !["help", "--help", "-h"].contains(verb) else {
      if words.count > 1, let command = commands.first(where: { $0.name == words[1] }) {
        print(command.help)
      } else {
        print(overview)
      }
      return
    }
    guard let command = commands.first(where: { $0.name == verb }) else {
      let hint = Spelling.hint(verb, among: commands.map { $0.name })
      throw CommandError.usage(
        "There is no command '\(verb)'.\(hint) Run 'martlet help' for the list."
      )
    }
    let rest = Array(words.dropFirst())
    if rest.contains("--help") || rest.contains("-h") {
      print(command.help)
    } else {
      try command.run(rest)
    }
  }

  private static var overview: String {
    let width = commands.map { $0.name.count }.max() ?? 0
    let lines = commands.map {
      "  " + $0.name.padding(toLength: width + 2, withPad: " ", startingAt: 0) + $0.summary
    }
    return """
      martlet: a product search engine in one process and one data directory

      Usage: martlet COMMAND [OPTIONS]

      \(lines.joined(separator: "\n"))

      Run 'martlet COMMAND --help' for a command's options and examples.
      """
  }

  private static func fail(_ message: String, status: Int32) -> Never {
    note("martlet: \(message)")
    exit(status)
  }
}

// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import Neural

/// The verb `model` of the command line.
enum ModelCommand: Command {
  static let name = "model"
  static let summary = "add, check and choose the models of neural ranking"
  static let help = """
    Usage: martlet model check DIRECTORY
           martlet model add DIRECTORY [--force]
           martlet model list [--json]
           martlet model activate ID VERSION [--force]
           martlet model rollback ID
           martlet model remove ID VERSION

    check     looks at a model as the server would before it trusts it: model.json and digests here, the
              file itself in a child process with limits of memory and time
    add       checks a model and copies it into the catalogue; one that measured worse than the one in
              use, on the same judgments, is refused unless forced
    list      all versions, those in use marked by *
    activate  puts a version in use, unless it measured worse than the one in use or is forced
    rollback  returns to the model that was in use before ID
    remove    deletes a version that is not in use

      --neural-dir D   the neural directory; see 'martlet serve'
      --server URL     a running server, in place of a directory, asked with the program curl: it
                       takes changes up at once, each answer being wholly by the model before or after
      --api-key K      its key; else the environment's MARTLET_API_KEY
      --force          take a model that measured worse
      --json           print JSON

    Changes of a directory are taken up by a server at its start, or when its plugin 'neural' is loaded
    again. Documentation/Neural.md leads from nothing to a model in use.

    Examples:
      martlet model add training/out/shop-ranker
      martlet model activate shop-ranker 2026-11-21T10:00 --server http://127.0.0.1:8108 --api-key xyz
    """

  static func run(_ words: [String]) throws {
    let arguments = try Arguments(
      Array(words.dropFirst()),
      options: ["neural-dir", "server", "api-key"],
      switches: ["force", "json"]
    )
    let isForced = arguments.flags.contains("force")
    let target: any ModelTarget =
      if let server = arguments.values["server"] {
        ModelServer(url: server, key: try key(arguments))
      } else {
        ModelDirectoryTarget(try installed(arguments))
      }
    switch words.first {
    case "check": try check(one(arguments, "the model's directory"), arguments)
    case "add":
      print(try target.add(one(arguments, "the model's directory"), isForced: isForced))
    case "list":
      let models = try target.list()
      print(
        arguments.flags.contains("json")
          ? String(decoding: models.serialized(), as: UTF8.self) : table(models)
      )
    case "activate":
      let (id, version) = try two(arguments)
      print(describe(try target.activate(id, version, isForced: isForced)))
    case "rollback": print(describe(try target.rollBack(one(arguments, "the model's id"))))
    case "remove":
      let (id, version) = try two(arguments)
      try target.remove(id, version)
      print("removed \(id) \(version)")
    default:
      throw CommandError.usage(
        "Say what to do: 'martlet model check|add|list|activate|rollback|remove ...'."
      )
    }
  }

  private static func installed(_ arguments: Arguments) throws -> NeuralDirectory {
    let neural = PluginArguments.neural(arguments)
    guard FileManager.default.fileExists(atPath: neural.path) else {
      throw CommandError(message: neural.remedy)
    }
    return neural
  }

  private static func check(_ path: String, _ arguments: Arguments) throws {
    let neural = PluginArguments.neural(arguments)
    let found = try ModelProbe.check(path, neural: neural, helper: ModelProbeCommand.words)
    let description = try ModelDirectory(path: path).description
    print("ok    \(description.id) \(description.version), kind \(description.kind.rawValue)")
    guard description.file != nil else { return }
    print(
      String(
        format: "      opened in %.0f ms, a run takes %.0f µs",
        found.loadMilliseconds,
        found.runMicroseconds
      )
    )
  }

  private static func key(_ arguments: Arguments) throws -> String {
    guard
      let key = arguments.values["api-key"]
        ?? ProcessInfo.processInfo.environment["MARTLET_API_KEY"]
    else { throw CommandError.usage("Give --api-key, or set MARTLET_API_KEY.") }
    return key
  }

  private static func one(_ arguments: Arguments, _ what: String) throws -> String {
    guard let word = arguments.positional.first, arguments.positional.count == 1 else {
      throw CommandError.usage("Name \(what).")
    }
    return word
  }

  private static func two(_ arguments: Arguments) throws -> (String, String) {
    guard arguments.positional.count == 2 else {
      throw CommandError.usage("Name the model's id and its version.")
    }
    return (arguments.positional[0], arguments.positional[1])
  }

  private static func table(_ models: JSON) -> String {
    var rows = [["", "id", "version", "kind", "int8", "ndcg@10", "judgments"]]
    for model in models["models"]?.array ?? [] {
      let ndcg = model["metrics"]?["ndcg@10"]?.double.map { String(format: "%.4f", $0) }
      rows.append([
        model["active"]?.bool == true ? "*" : "", model["id"]?.string ?? "",
        model["version"]?.string ?? "", model["kind"]?.string ?? "",
        model["int8"]?.bool == true ? "yes" : "no", ndcg ?? "-",
        model["metrics"]?["judgments"]?.string ?? "-",
      ])
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    var lines = rows.map { row in
      zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
        .joined(separator: "  ")
    }
    lines += (models["problems"]?.array ?? []).compactMap { $0.string }
    return lines.joined(separator: "\n")
  }

  private static func describe(_ change: JSON) -> String {
    let active = change["active"]?.string ?? ""
    let replaced = change["replaced"]?.string.map { ", in place of \($0)" } ?? ""
    let comparison = change["comparison"]?.string ?? ""
    return "\(active) is in use\(replaced)" + (comparison.isEmpty ? "" : "; \(comparison)")
  }
}

// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A failure to be printed, with the exit status that tells scripts of it.
struct CommandError: Error {
  var message: String
  /// 1 for a failure, 64 for wrong usage.
  var status: Int32 = 1

  static func usage(_ message: String) -> CommandError {
    CommandError(message: message, status: 64)
  }
}

/// The words of a command line as typed, told apart by a command's list of options.
struct Arguments {
  private(set) var values: [String: String] = [:]
  /// All values of options given more than once, in order.
  private var repeated: [String: [String]] = [:]
  private(set) var flags: Set<String> = []
  private(set) var positional: [String] = []

  /// Tells the words apart: `options` name those that take a value, `switches` those that take none.
  init(_ words: [String], options: Set<String>, switches: Set<String>) throws {
    var rest = words[...]
    while let word = rest.popFirst() {
      guard word.hasPrefix("--"), word.count > 2 else {
        positional.append(word)
        continue
      }
      let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1)
      let name = String(parts.first ?? "")
      if switches.contains(name) {
        flags.insert(name)
      } else if options.contains(name) {
        guard let value = parts.count > 1 ? String(parts[1]) : rest.popFirst() else {
          throw CommandError.usage("--\(name) needs a value.")
        }
        values[name] = value
        repeated[name, default: []].append(value)
      } else {
        let hint = Spelling.hint(name, among: Array(options.union(switches)), prefix: "--")
        throw CommandError.usage("There is no option --\(name).\(hint)")
      }
    }
  }

  /// The value of an option that must be given.
  func required(_ name: String) throws -> String {
    guard let value = values[name] else { throw CommandError.usage("--\(name) is missing.") }
    return value
  }

  /// The value of `--data-dir`, which must name what an earlier command has made.
  func existingDataDirectory() throws -> String {
    let path = try required("data-dir")
    guard FileManager.default.fileExists(atPath: path + "/data.mdb") else {
      throw CommandError(
        message:
          "There is no data in '\(path)': check --data-dir, or fill it with 'martlet import'."
      )
    }
    return path
  }

  /// The value of an option as a whole number, or a default.
  func integer(_ name: String, default fallback: Int) throws -> Int {
    guard let text = values[name] else { return fallback }
    guard let value = Int(text), value >= 0 else {
      throw CommandError.usage("--\(name) takes a whole number, not '\(text)'.")
    }
    return value
  }

  /// The values of an option that may be given several times, in order.
  func all(_ name: String) -> [String] { repeated[name] ?? [] }

  /// The value of an option as a comma-separated list.
  func list(_ name: String) -> [String] {
    values[name]?.split(separator: ",").map { String($0).filter { $0 != " " } } ?? []
  }
}

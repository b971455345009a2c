// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import Neural

/// Where `martlet model` makes its changes.
protocol ModelTarget {
  /// Adds the model of a directory; what it is called now.
  func add(_ path: String, isForced: Bool) throws -> String
  func list() throws -> JSON
  func activate(_ id: String, _ version: String, isForced: Bool) throws -> JSON
  func rollBack(_ id: String) throws -> JSON
  func remove(_ id: String, _ version: String) throws
}

/// A neural directory of this machine.
struct ModelDirectoryTarget: ModelTarget {
  private let directory: NeuralDirectory
  private let catalog: ModelCatalog

  init(_ directory: NeuralDirectory) {
    self.directory = directory
    catalog = ModelCatalog(directory)
  }

  func add(_ path: String, isForced: Bool) throws -> String {
    let entry = try catalog.add(path, isForced: isForced) { copy throws(NeuralError) in
      _ = try ModelProbe.check(copy, neural: directory, helper: ModelProbeCommand.words)
    }
    return "added \(entry.description.id) \(entry.description.version)"
  }

  func list() throws -> JSON {
    let (entries, problems) = catalog.entries()
    return [
      "models": .array(entries.map(\.json)),
      "problems": .array(problems.map { .string($0) }),
    ]
  }

  func activate(_ id: String, _ version: String, isForced: Bool) throws -> JSON {
    try catalog.activate(id, version: version, isForced: isForced).json
  }

  func rollBack(_ id: String) throws -> JSON { try catalog.rollBack(id).json }

  func remove(_ id: String, _ version: String) throws {
    try catalog.remove(id, version: version)
  }
}

/// A running server, asked by curl, which knows TLS and proxies.
///
/// FoundationNetworking would load 31 more libraries at the start of every command, which took 35 ms
/// in place of 13 (`time` of a program that imports it and makes a session, and of one that does not).
struct ModelServer: ModelTarget {
  private let url: String
  private let key: String

  init(url: String, key: String) {
    self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
    self.key = key
  }

  func add(_ path: String, isForced: Bool) throws -> String {
    // Refused here already if it cannot be read: nothing needs to travel.
    let model = try ModelDirectory(path: path).description
    let version = "/x/models/\(model.id)/\(model.version)"
    let files = try FileManager.default.contentsOfDirectory(atPath: path)
    for file in files.sorted() where !file.hasPrefix(".") && file != "files.json" {
      try ask("PUT", "\(version)/files/\(file)", sending: "\(path)/\(file)")
    }
    try ask("POST", "\(version)?force=\(isForced)")
    return "added \(model.id) \(model.version)"
  }

  func list() throws -> JSON { try ask("GET", "/x/models") }

  func activate(_ id: String, _ version: String, isForced: Bool) throws -> JSON {
    try ask("POST", "/x/models/\(id)/\(version)/activate?force=\(isForced)")
  }

  func rollBack(_ id: String) throws -> JSON { try ask("POST", "/x/models/\(id)/rollback") }

  func remove(_ id: String, _ version: String) throws {
    try ask("DELETE", "/x/models/\(id)/\(version)")
  }

  /// One request; its answer, or an error with what the server says.
  @discardableResult
  private func ask(_ method: String, _ path: String, sending file: String? = nil) throws -> JSON {
    let curl = Process()
    curl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    var words = ["curl", "--silent", "--show-error", "--globoff", "--config", "-"]
    words += ["--request", method, "--write-out", "\n%{http_code}"]
    if let file { words += ["--upload-file", file] }
    curl.arguments = words + [url + path]
    let (input, output, errors) = (Pipe(), Pipe(), Pipe())
    (curl.standardInput, curl.standardOutput, curl.standardError) = (input, output, errors)
    do { try curl.run() } catch {
      throw CommandError(message: "curl cannot be started: install it.")
    }
    // By a pipe: no list of processes shows the key.
    let quoted = key.replacingOccurrences(of: "\\", with: "\\\\")
      .replacingOccurrences(of: "\"", with: "\\\"")
    let line = "header = \"X-TYPESENSE-API-KEY: \(quoted)\"\n"
    try input.fileHandleForWriting.write(contentsOf: Data(line.utf8))
    try input.fileHandleForWriting.close()
    let answer = [UInt8](output.fileHandleForReading.readDataToEndOfFile())
    let problem = errors.fileHandleForReading.readDataToEndOfFile()
    curl.waitUntilExit()
    guard curl.terminationStatus == 0, let end = answer.lastIndex(of: UInt8(ascii: "\n")),
      let status = Int(String(decoding: answer[(end + 1)...], as: UTF8.self))
    else {
      let text = String(decoding: problem, as: UTF8.self)
        .trimmingCharacters(in: .whitespacesAndNewlines)
      throw CommandError(
        message: "\(url) was not reached: is --server right, and does it run? "
          + (text.isEmpty ? "It gave no answer." : text)
      )
    }
    let json = try? JSON(parsing: Array(answer[..<end]))
    guard (200..<300).contains(status), let json else {
      throw CommandError(message: json?["message"]?.string ?? "The server answered \(status).")
    }
    return json
  }
}

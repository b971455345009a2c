// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPServer
import SearchAPI

/// What `serve` was told, ready to use.
struct ServeArguments {
  let directory: String
  /// The key that may do all.
  let key: String
  /// Where ranking plugins come from.
  let plugins: PluginArguments
  let slowMilliseconds: Int?
  /// Seconds until analytics rules' collections are told what was counted.
  let flushSeconds: Int
  /// Distinct shoppers who must have sent a query before it is told.
  let leastShoppers: Int
  let server: HTTPServer.Options
  /// Hours from one training of a collaborative filter to the next, and events after which it is due.
  let training: (hours: Double, events: Int)
  private let certificatePaths: (certificate: String, key: String)?
  let api: SearchAPI.Options

  init(_ words: [String]) throws {
    let arguments = try Arguments(
      words,
      options: [
        "data-dir", "api-key", "api-key-file", "api-address", "api-port", "listen-port",
        "cors-domains", "rate-limit", "key-concurrency", "max-body-mb", "search-cutoff-ms",
        "log-slow-ms", "plugin-dir", "plugin-allow", "neural-dir", "tls-certificate", "tls-key",
        "patience-seconds", "queue-limit", "filter-hours", "filter-events",
        "connection-limit", "analytics-flush-interval", "analytics-least-shoppers",
      ],
      switches: ["enable-cors"]
    )
    directory = try arguments.required("data-dir")
    key = try Self.key(arguments)
    plugins = try PluginArguments(arguments)
    slowMilliseconds = try Self.limit(arguments, "log-slow-ms", from: 0)
    flushSeconds = try Self.limit(arguments, "analytics-flush-interval") ?? 10
    leastShoppers = try Self.limit(arguments, "analytics-least-shoppers") ?? 5
    guard leastShoppers <= 32 else {
      throw CommandError.usage("--analytics-least-shoppers takes 1 to 32.")
    }
    training = (
      Double(try Self.limit(arguments, "filter-hours", from: 0) ?? 24),
      try Self.limit(arguments, "filter-events", from: 0) ?? 0
    )
    certificatePaths = try Self.certificatePaths(arguments)
    var server = try Self.server(arguments)
    if let paths = certificatePaths {
      server.tls = (try Self.text(paths.certificate), try Self.text(paths.key))
    }
    self.server = server
    var api = SearchAPI.Options()
    api.isCORSEnabled = arguments.flags.contains("enable-cors")
    api.origins = arguments.list("cors-domains")
    api.requestsPerSecond = try Self.limit(arguments, "rate-limit")
    api.concurrentRequests = try Self.limit(arguments, "key-concurrency")
    api.bodyLimit = (try Self.limit(arguments, "max-body-mb") ?? 20) << 20
    api.searchCutoff = try Self.limit(arguments, "search-cutoff-ms") ?? api.searchCutoff
    self.api = api
  }

  private static func limit(
    _ arguments: Arguments,
    _ name: String,
    from least: Int = 1
  ) throws -> Int? {
    guard arguments.values[name] != nil else { return nil }
    let value = try arguments.integer(name, default: 0)
    guard (least...1_000_000).contains(value) else {
      throw CommandError.usage("--\(name) takes \(least) to 1000000.")
    }
    return value
  }

  /// From the flag, a file or the environment, in this order.
  private static func key(_ arguments: Arguments) throws -> String {
    var key = arguments.values["api-key"]
    if key == nil, let path = arguments.values["api-key-file"] { key = try text(path) }
    key = key ?? ProcessInfo.processInfo.environment["MARTLET_API_KEY"]
    guard let key = key?.trimmingCharacters(in: .whitespacesAndNewlines) else {
      throw CommandError.usage(
        "There is no key: give --api-key or --api-key-file, or set MARTLET_API_KEY."
      )
    }
    guard !key.isEmpty else { throw CommandError.usage("The key must not be empty.") }
    return key
  }

  private static func server(_ arguments: Arguments) throws -> HTTPServer.Options {
    var options = HTTPServer.Options()
    options.address = arguments.values["api-address"] ?? options.address
    let port = try arguments.integer(
      "api-port",
      default: try arguments.integer("listen-port", default: 8108)
    )
    guard let port = UInt16(exactly: port) else {
      throw CommandError.usage("--api-port takes 0 to 65535.")
    }
    options.port = port
    options.keptHeaders = SearchAPI.headers
    options.patience = try limit(arguments, "patience-seconds") ?? options.patience
    options.queueLimit = try limit(arguments, "queue-limit") ?? options.queueLimit
    options.connectionLimit =
      try limit(arguments, "connection-limit").map { UInt32($0) } ?? options.connectionLimit
    return options
  }

  /// The certificate and its key as their files are now; nil without TLS.
  func certificate() throws -> (certificate: String, privateKey: String)? {
    try certificatePaths.map { (try Self.text($0.certificate), try Self.text($0.key)) }
  }

  private static func certificatePaths(
    _ arguments: Arguments
  ) throws -> (certificate: String, key: String)? {
    switch (arguments.values["tls-certificate"], arguments.values["tls-key"]) {
    case (nil, nil): return nil
    case (let certificate?, let key?): return (certificate, key)
    default: throw CommandError.usage("--tls-certificate and --tls-key go together.")
    }
  }

  static func text(_ path: String) throws -> String {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw CommandError(message: "Could not read '\(path)': check the path.")
    }
    return text
  }
}

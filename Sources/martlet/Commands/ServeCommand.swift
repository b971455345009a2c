// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPServer
import SearchAPI
import SearchIndex

/// The verb `serve` of the command line.
enum ServeCommand: Command {
  static let name = "serve"
  static let summary = "serve the collections of a data directory over HTTP"
  static let help = """
    Usage: martlet serve --data-dir D --api-key K [--api-address A] [--api-port 8108]

    Serves until SIGINT or SIGTERM, then lets requests under way finish.

      --data-dir D      the data directory, made if it is missing
      --api-key K       what clients send as X-TYPESENSE-API-KEY
      --api-address A   the IPv4 address to listen on, 0.0.0.0 unless told
      --api-port P      the port, 8108 unless told; 0 for any free one

    Example: martlet serve --data-dir data --api-key xyz
    """

  static func run(_ words: [String]) throws {
    let arguments = try Arguments(
      words,
      options: ["data-dir", "api-key", "api-address", "api-port", "listen-port"],
      switches: ["enable-cors"]
    )
    let key = try arguments.required("api-key")
    guard !key.isEmpty else { throw CommandError.usage("--api-key must not be empty.") }
    var options = HTTPServer.Options()
    options.address = arguments.values["api-address"] ?? options.address
    guard
      let port = UInt16(
        exactly: try arguments.integer(
          "api-port",
          default: try arguments.integer("listen-port", default: 8108)
        )
      )
    else { throw CommandError.usage("--api-port takes 0 to 65535.") }
    options.port = port
    options.keptHeaders = SearchAPI.headers
    let done = DispatchSemaphore(value: 0)
    let sources = watchSignals(done)
    let store = try IndexStore(directory: try arguments.required("data-dir"))
    let api = SearchAPI(store: store, key: key)
    let server: HTTPServer
    do {
      server = try HTTPServer(options: options) { api.respond($0) }
    } catch let error as HTTPServerError {
      throw CommandError(message: error.description)
    }
    print("martlet serves http://\(options.address):\(server.port)")
    // Whoever waits for this line may read it from a pipe.
    fflush(nil)
    done.wait()
    for source in sources { source.cancel() }
    print("martlet stops")
    server.stop()
  }

  /// Signals `done` at SIGINT or SIGTERM for as long as the result lives.
  private static func watchSignals(_ done: DispatchSemaphore) -> [any DispatchSourceSignal] {
    [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { done.signal() }
      source.activate()
      return source
    }
  }
}

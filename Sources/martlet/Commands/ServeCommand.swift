// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPServer
import Neural
import RankingPluginHost
import SearchAPI
import SearchIndex
import SearchService

/// The verb `serve` of the command line.
enum ServeCommand: Command {
  static let name = "serve"
  static let summary = "serve the collections of a data directory over HTTP"
  static let help = """
    Usage: martlet serve --data-dir D [--api-key K] [OPTIONS]

    Serves until SIGINT or SIGTERM, then lets requests under way finish.

      --data-dir D      the data directory, made if it is missing
      --api-key K       the key that may do all; else the environment's MARTLET_API_KEY
      --api-key-file F  a file with that key, for keys that no list of processes shall show
      --api-address A   the address to listen on, 0.0.0.0 unless told; :: for IPv6 and IPv4
      --api-port P      the port, 8108 unless told; 0 for any free one
      --enable-cors     let browsers of other sites ask
      --cors-domains L  the sites that may, comma-separated; all unless told
      --rate-limit N    requests a second for each key but the one above
      --key-concurrency N    requests at once for each key but the one above
      --max-body-mb N   the longest body, imports apart; 20 unless told
      --search-cutoff-ms N   the most time for a search, 30000 unless told
      --patience-seconds N   the time for a client to send or take 1000 bytes; 30 unless told
      --connection-limit N   connections at once; 16384 unless told, fewer where the system's
                        limit of open files does not allow so many
      --queue-limit N   writes waiting or at work, further ones get 503; 256 unless told
      --plugin-dir D    where ranking plugins (NAME.so) are loaded from; none unless told
      --plugin-allow F  a file of SHA-256 digests, one a line; only these plugins are loaded
      --neural-dir D    what 'Scripts/bootstrap --neural' installed, for the profile 'neural'; else
                        the environment's MARTLET_NEURAL_DIR, else ~/.local/share/martlet/neural
      --analytics-flush-interval N   seconds until the collections that analytics rules name are
                        told what was counted; 10 unless told
      --analytics-least-shoppers N   distinct shoppers, 1 to 32, who must have sent a query before
                        others can see it; 5 unless told
      --filter-hours N  hours from one training of a collaborative filter to the next, where events
                        have come; 24 unless told, 0 for none by the clock
      --filter-events N events after which it is trained earlier; 0, not at all, unless told
      --log-slow-ms N   log requests that take so long
      --tls-certificate F    the certificate chain, PEM, for HTTPS; read again at SIGHUP
      --tls-key F       its private key, PEM

    Example: martlet serve --data-dir data --api-key xyz
    """

  static func run(_ words: [String]) throws {
    let arguments = try ServeArguments(words)
    let done = DispatchSemaphore(value: 0)
    let sources = watchSignals(done)
    let store = try IndexStore(directory: arguments.directory)
    let engine = try Engine(
      store,
      bootstrapKey: arguments.key,
      plugins: try arguments.plugins.host.map { try RankingPluginHost($0) },
      pluginDirectory: arguments.plugins.host?.directory ?? "",
      encoder: EncodeCommand.process(arguments.plugins.neural),
      profiles: arguments.plugins.profiles,
      models: ModelOptions(
        directory: arguments.plugins.neural.path,
        helper: ModelProbeCommand.words
      ),
      leastShoppers: arguments.leastShoppers,
      filters: FilterOptions(
        trainer: TrainCommand.words,
        hours: arguments.training.hours,
        events: arguments.training.events
      )
    )
    for problem in engine.ranking.problems {
      note(problem)
    }
    engine.embeddings.start()
    engine.startDestinations(every: arguments.flushSeconds)
    engine.filters.start()
    let api = SearchAPI(engine, options: arguments.api)
    if let milliseconds = arguments.slowMilliseconds { api.logSlowRequests(from: milliseconds) }
    let options = arguments.server
    let server: HTTPServer
    do {
      server = try HTTPServer(options: options) { api.receive($0) }
    } catch let error as HTTPServerError {
      throw CommandError(message: error.description)
    }
    if server.connectionLimit < options.connectionLimit {
      let message =
        "martlet: the system's limit of open files leaves room for \(server.connectionLimit) "
        + "connections, not \(options.connectionLimit): raise it with 'ulimit -n' or LimitNOFILE=."
      note(message)
    }
    api.report { [weak server] in server?.queuedRequests ?? 0 }
    let scheme = options.tls == nil ? "http" : "https"
    print("martlet serves \(scheme)://\(options.address):\(server.port)")
    // Whoever waits for this line may read it from a pipe.
    fflush(nil)
    let reload = watchReload(arguments, server)
    done.wait()
    for source in sources + [reload] { source.cancel() }
    print("martlet stops")
    server.stop()
    engine.embeddings.stop()
    engine.filters.stop()
  }

  /// Reads the certificate again at SIGHUP for as long as the result lives.
  private static func watchReload(
    _ arguments: ServeArguments,
    _ server: HTTPServer
  ) -> any DispatchSourceSignal {
    signal(SIGHUP, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: .global())
    source.setEventHandler {
      do {
        guard let tls = try arguments.certificate() else { return }
        try server.use(certificate: tls.certificate, privateKey: tls.privateKey)
      } catch {
        let message = (error as? CommandError)?.message ?? "\(error)"
        note("martlet: \(message)")
      }
    }
    source.activate()
    return source
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

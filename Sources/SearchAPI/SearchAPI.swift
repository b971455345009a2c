// SPDX-License-Identifier: Apache-2.0
//
// A request's way: its head finds a route, its key is checked against the route's action and the
// collection, the limits are applied, then the route's handler runs where the route says.

import Dispatch
public import HTTPServer
import JSON
import SearchIndex
public import SearchService
import Synchronization

/// Answers HTTP requests in the Typesense v30 wire format.
public final class SearchAPI: Sendable {
  /// What the answers depend on beside the data.
  public struct Options: Sendable {
    /// Answer browsers of other sites.
    public var isCORSEnabled = false
    /// The sites that may ask; empty for all.
    public var origins: [String] = []
    /// Requests a second that one key may send; nil for no limit.
    public var requestsPerSecond: Int?
    /// Requests of one key at work at once; nil for no limit.
    public var concurrentRequests: Int?
    /// The longest body of one request, imports apart, in bytes.
    public var bodyLimit = 20 << 20
    /// Milliseconds that a search may take where it asks for no other limit.
    public var searchCutoff = 30_000

    /// The defaults.
    public init() {}
  }

  /// The headers that the routes read.
  public static let headers = [
    "x-typesense-api-key", "x-typesense-user-id", "origin", "access-control-request-method",
    "if-none-match",
  ]
  static let versionReported = "30.2"

  let engine: Engine
  let options: Options
  let table: RouteTable
  let meters: Meters
  let limiter: Limiter
  private let queue = Mutex<@Sendable () -> Int>({ 0 })

  /// Creates the routes over an engine.
  public init(_ engine: Engine, options: Options = Options()) {
    self.engine = engine
    self.options = options
    table = RouteTable(
      Self.systemRoutes + Self.operationRoutes + Self.collectionRoutes + Self.documentRoutes
        + Self.searchRoutes + Self.aliasRoutes + Self.synonymRoutes + Self.curationRoutes
        + Self.ownSetRoutes
        + Self.stopWordRoutes + Self.stemmingRoutes + Self.presetRoutes + Self.keyRoutes
        + Self.analyticsRoutes + Self.shopperRoutes + Self.filterRoutes + Self.pluginRoutes
        + Self.modelRoutes + Self.suggestRoutes + Self.languageModelRoutes
    )
    meters = Meters(table.routes.map { "\($0.method) \($0.path)" })
    limiter = Limiter(
      requestsPerSecond: options.requestsPerSecond,
      concurrentRequests: options.concurrentRequests
    )
  }

  /// Says how many requests wait or are at work, for the figures.
  public func report(queued: @escaping @Sendable () -> Int) { queue.withLock { $0 = queued } }

  /// Logs requests of so many milliseconds and more to standard error.
  public func logSlowRequests(from milliseconds: Int) { meters.slowLog.log(from: milliseconds) }

  func queued() -> Int { queue.withLock { $0 }() }

  /// Says how a request is taken, by its head.
  public func receive(_ request: HTTPRequest) -> HTTPReception {
    if request.method == "OPTIONS", options.isCORSEnabled {
      return .answer(withOrigin(Self.preflight, request))
    }
    if let page = Self.page(request) { return .answer(page) }
    guard let found = table.find(request.method, request.path) else {
      return .answer(withOrigin(.message(404, "Not Found"), request))
    }
    do {
      let call = Call(
        api: self,
        request: request,
        values: found.values,
        grant: try authorize(request, found)
      )
      let ticket = try limiter.admit(call.grant.key?.id)
      let started = DispatchTime.now().uptimeNanoseconds
      switch found.route.work {
      case .inline:
        return .inline(limit: options.bodyLimit) {
          self.answer(call, $0, found, ticket, since: started)
        }
      case .queued:
        return .queued(limit: options.bodyLimit) {
          self.answer(call, $0, found, ticket, since: started)
        }
      case .parts(let make):
        let reader = try make(call)
        return .parts(
          MeteredReader(reader) { [self] response in
            withExtendedLifetime(ticket) {}
            meters.record(found.index, response.status, since: started)
            return withOrigin(response, request)
          }
        )
      }
    } catch {
      return .answer(withOrigin(.failure(error), request))
    }
  }

  /// Answers a request whose body is there; for tests and measurements without a server.
  public func respond(_ request: HTTPRequest) -> HTTPResponse {
    switch receive(request) {
    case .answer(let response): return response
    case .inline(_, let handler), .queued(_, let handler): return handler(request)
    case .parts(let reader):
      reader.read(request.body)
      return reader.finish()
    }
  }

  private func answer(
    _ call: Call,
    _ request: HTTPRequest,
    _ found: RouteTable.Found,
    _ ticket: Limiter.Ticket,
    since started: UInt64
  ) -> HTTPResponse {
    var call = call
    call.request = request
    let response: HTTPResponse
    do {
      response = try found.route.handler(call)
    } catch {
      response = .failure(error)
    }
    withExtendedLifetime(ticket) {}
    meters.record(found.index, response.status, since: started)
    return withOrigin(response, request)
  }

  private func authorize(_ request: HTTPRequest, _ found: RouteTable.Found) throws -> Grant {
    guard var action = found.route.action else { return Grant.none }
    // Writing one document asks for what its action does.
    if action == "documents:write" {
      let verb = request.query["action"] ?? "create"
      action = "documents:" + (verb == "emplace" ? "upsert" : verb)
    }
    let value = request.headers["x-typesense-api-key"] ?? request.query["x-typesense-api-key"]
    guard let value, let grant = engine.keys.grant(value, now: Engine.now),
      action == "multi_search" || grant.allows(action, collection: found.values["collection"])
    else { throw APIError.forbidden }
    return grant
  }
}

/// Tells when an imported body has been answered.
private final class MeteredReader: HTTPBodyReader {
  private let reader: any HTTPBodyReader
  private let finished: @Sendable (HTTPResponse) -> HTTPResponse

  init(
    _ reader: any HTTPBodyReader,
    _ finished: @escaping @Sendable (HTTPResponse) -> HTTPResponse
  ) {
    self.reader = reader
    self.finished = finished
  }

  func read(_ part: [UInt8]) { reader.read(part) }
  func finish() -> HTTPResponse { finished(reader.finish()) }
}

// SPDX-License-Identifier: Apache-2.0
//
// libmicrohttpd with epoll and one thread per core; a request is handled on the thread that read it.
// C calls back with the server as context, which outlives the daemon, and with a box per request that
// is made at the first call and released at the completion call.

import CMicroHTTPD
import Foundation

/// Serves HTTP until it is stopped or gone.
public final class HTTPServer: @unchecked Sendable {
  /// Answers one request; called on several threads at once.
  public typealias Handler = @Sendable (HTTPRequest) -> HTTPResponse

  /// Where and how to serve.
  public struct Options: Sendable {
    /// A numeric address to listen on.
    public var address = "0.0.0.0"
    /// The port; 0 for any free one.
    public var port: UInt16 = 8108
    /// The longest body, in bytes; longer ones are answered with 413.
    public var bodyLimit = 256 << 20
    /// Seconds after which an idle connection is closed.
    public var idleSeconds: UInt32 = 60
    /// Headers that handlers see, lower-case.
    public var keptHeaders: [String] = []
    /// Connections at most.
    public var connectionLimit: UInt32 = 16_384

    /// The defaults.
    public init() {}
  }

  fileprivate let handler: Handler
  fileprivate let options: Options
  private var daemon: OpaquePointer?
  /// The port that is served.
  public private(set) var port: UInt16 = 0

  /// Starts serving.
  ///
  /// - Throws: ``HTTPServerError`` if the address cannot be used.
  public init(options: Options, handler: @escaping Handler) throws {
    self.options = options
    self.handler = handler
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = options.port.bigEndian
    guard inet_pton(AF_INET, options.address, &address.sin_addr) == 1 else {
      throw HTTPServerError(
        description: "'\(options.address)' is no IPv4 address: use 127.0.0.1 or 0.0.0.0."
      )
    }
    let context = Unmanaged.passUnretained(self).toOpaque()
    daemon = withUnsafePointer(to: &address) { address in
      martlet_mhd_start(
        address,
        UInt32(max(2, ProcessInfo.processInfo.activeProcessorCount)),
        options.idleSeconds,
        options.connectionLimit,
        access,
        completed,
        context
      )
    }
    guard let daemon else {
      throw HTTPServerError(
        description: "Could not listen on \(options.address):\(options.port): is the port in use? "
          + "Stop what uses it or choose another with --api-port."
      )
    }
    port = martlet_mhd_port(daemon)
  }

  deinit { stop() }

  /// Stops accepting, lets requests under way finish, and frees the port.
  public func stop() {
    guard let daemon else { return }
    self.daemon = nil
    MHD_stop_daemon(daemon)
  }
}

/// A request while it is being read.
private final class Pending {
  var request: HTTPRequest
  var isTooLong = false

  init(_ request: HTTPRequest) { self.request = request }

  static let tooLong = HTTPResponse(
    status: 413,
    body: Array(#"{"message":"The body is too long: send smaller batches."}"#.utf8)
  )

  func append(_ part: UnsafeRawBufferPointer, _ limit: Int) {
    if isTooLong || request.body.count + part.count > limit {
      isTooLong = true
      request.body = []
    } else {
      request.body.append(contentsOf: part)
    }
  }
}

private let completed: martlet_mhd_completed = { _, _, state, _ in
  guard let state, let box = state.pointee else { return }
  Unmanaged<Pending>.fromOpaque(box).release()
  state.pointee = nil
}

/// Called once with the request's head, then with each part of the body, then at its end.
private let access: martlet_mhd_handler = {
  context,
  connection,
  url,
  method,
  _,
  data,
  size,
  state in
  guard let context, let connection, let url, let method, let size, let state else { return 0 }
  let server = Unmanaged<HTTPServer>.fromOpaque(context).takeUnretainedValue()
  guard let box = state.pointee else {
    let request = server.request(connection, url: url, method: method)
    state.pointee = Unmanaged.passRetained(Pending(request)).toOpaque()
    return 1
  }
  let pending = Unmanaged<Pending>.fromOpaque(box).takeUnretainedValue()
  if size.pointee > 0 {
    pending.append(
      UnsafeRawBufferPointer(start: data, count: size.pointee),
      server.options.bodyLimit
    )
    size.pointee = 0
    return 1
  }
  let response = pending.isTooLong ? Pending.tooLong : server.handler(pending.request)
  return response.body.withUnsafeBytes {
    martlet_mhd_answer(
      connection,
      UInt32(response.status),
      response.contentType,
      $0.baseAddress,
      $0.count
    )
  }
}

extension HTTPServer {
  /// The request's line and headers; the body is added as it arrives.
  fileprivate func request(
    _ connection: OpaquePointer,
    url: UnsafePointer<CChar>,
    method: UnsafePointer<CChar>
  ) -> HTTPRequest {
    var query: [String: String] = [:]
    withUnsafeMutablePointer(to: &query) { query in
      martlet_mhd_query(
        connection,
        { context, _, key, value in
          if let key, let query = context?.assumingMemoryBound(to: [String: String].self) {
            query.pointee[String(cString: key)] = value.map { String(cString: $0) } ?? ""
          }
          return 1
        },
        query
      )
    }
    var headers: [String: String] = [:]
    for name in options.keptHeaders {
      if let value = martlet_mhd_header(connection, name) { headers[name] = String(cString: value) }
    }
    // libmicrohttpd has decoded the path, which is right for all names but those with a slash.
    let path = String(cString: url).split(separator: "/").map(String.init)
    return HTTPRequest(
      method: String(cString: method),
      path: path,
      query: query,
      headers: headers
    )
  }
}

// SPDX-License-Identifier: Apache-2.0
//
// libmicrohttpd with epoll and one thread per core. C calls back with the server as context, which
// outlives the daemon, and with an exchange per request that is made at the first call and released at
// the completion call.

import CMicroHTTPD
import Foundation
import Synchronization

/// Serves HTTP until it is stopped or gone.
public final class HTTPServer: @unchecked Sendable {
  /// Says how a request is taken, by its head; called on several threads at once.
  public typealias Handler = @Sendable (HTTPRequest) -> HTTPReception

  /// Where and how to serve.
  public struct Options: Sendable {
    /// A numeric address to listen on.
    public var address = "0.0.0.0"
    /// The port; 0 for any free one.
    public var port: UInt16 = 8108
    /// Seconds after which an idle connection is closed.
    public var idleSeconds: UInt32 = 60
    /// Seconds that a client may take for each head, body and answer, and one more for each 1000
    /// bytes; who is slower is cut off.
    public var patience = 30
    /// Headers that handlers see, lower-case.
    public var keptHeaders: [String] = []
    /// Connections at most.
    public var connectionLimit: UInt32 = 16_384
    /// Threads for queued requests.
    public var workers = 4
    /// Queued requests at most; further ones are answered with 503.
    public var queueLimit = 256
    /// Bytes of bodies held at once at most; requests that exceed it are answered with 503.
    public var bodiesLimit = 512 << 20
    /// Certificate chain and private key as PEM texts, for TLS.
    public var tls: (certificate: String, privateKey: String)?

    /// The defaults.
    public init() {}
  }

  fileprivate let handler: Handler
  let options: Options
  let watch: ConnectionWatch
  let workers: Workers
  private var daemon: OpaquePointer?
  private let stopping = Atomic<Bool>(false)
  fileprivate let underWay = Atomic<Int>(0)
  /// Connections at most: fewer than the options say where the system allows too few open files.
  public let connectionLimit: UInt32
  /// The port that is served.
  public private(set) var port: UInt16 = 0

  /// Whether the server is on its way out, so that connections are not kept.
  var isStopping: Bool { stopping.load(ordering: .relaxed) }
  /// Requests that wait for a worker or have one.
  public var queuedRequests: Int { workers.count }

  /// Starts serving.
  ///
  /// - Throws: ``HTTPServerError`` if the address or the certificate cannot be used.
  public init(options: Options, handler: @escaping Handler) throws {
    self.options = options
    self.handler = handler
    connectionLimit = Self.allowConnections(options.connectionLimit)
    watch = ConnectionWatch(patience: options.patience, connections: connectionLimit)
    workers = Workers(
      threads: options.workers,
      room: options.queueLimit,
      bytesLimit: options.bodiesLimit
    )
    guard options.tls == nil || martlet_mhd_has_tls() == 1 else {
      throw HTTPServerError("This libmicrohttpd has no TLS: install one built with GnuTLS.")
    }
    if let tls = options.tls {
      try Certificate(certificate: tls.certificate, privateKey: tls.privateKey).use()
    }
    let storage = try Self.socketAddress(options)
    daemon = withUnsafePointer(to: storage) { storage in
      storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { start(at: $0) }
    }
    guard let daemon else {
      throw HTTPServerError(
        "Could not listen on \(options.address):\(options.port): is the port in use? "
          + "Stop what uses it or choose another with --api-port."
      )
    }
    port = martlet_mhd_port(daemon)
  }

  private func start(at address: UnsafePointer<sockaddr>) -> OpaquePointer? {
    var settings = martlet_mhd_options()
    settings.address = address
    settings.threads = UInt32(max(2, ProcessInfo.processInfo.activeProcessorCount))
    settings.idle_seconds = options.idleSeconds
    settings.connections = connectionLimit
    settings.handler = access
    settings.completed = completed
    settings.connected = connected
    settings.context = Unmanaged.passUnretained(self).toOpaque()
    if options.tls != nil { settings.certificate = Certificate.retrieve }
    return martlet_mhd_start(&settings)
  }

  /// Uses another certificate from the next handshake on; connections go on with theirs.
  ///
  /// - Throws: ``HTTPServerError`` if it cannot be used; the one before stays.
  public func use(certificate: String, privateKey: String) throws {
    guard options.tls != nil else {
      throw HTTPServerError("This server has no TLS: start it with a certificate.")
    }
    try Certificate(certificate: certificate, privateKey: privateKey).use()
  }

  private static func socketAddress(_ options: Options) throws -> sockaddr_storage {
    var storage = sockaddr_storage()
    let isValid = withUnsafeMutableBytes(of: &storage) { bytes -> Bool in
      if options.address.contains(":") {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = options.port.bigEndian
        guard inet_pton(AF_INET6, options.address, &address.sin6_addr) == 1 else { return false }
        withUnsafeBytes(of: address) { bytes.copyMemory(from: $0) }
      } else {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = options.port.bigEndian
        guard inet_pton(AF_INET, options.address, &address.sin_addr) == 1 else { return false }
        withUnsafeBytes(of: address) { bytes.copyMemory(from: $0) }
      }
      return true
    }
    guard isValid else {
      throw HTTPServerError(
        "'\(options.address)' is no numeric address: use 127.0.0.1, 0.0.0.0 or ::."
      )
    }
    return storage
  }

  /// Files that the process opens beside its connections, with some to spare.
  private static let otherFiles: rlim_t = 256

  /// Raises the number of open files towards what the connections need, as far as allowed.
  ///
  /// - Returns: The connections that there is room for, at most `count`.
  private static func allowConnections(_ count: UInt32) -> UInt32 {
    var limit = rlimit()
    let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    let wanted = rlim_t(count) + otherFiles
    guard getrlimit(kind, &limit) == 0, limit.rlim_cur < wanted else { return count }
    let before = limit.rlim_cur
    limit.rlim_cur = min(limit.rlim_max, wanted)
    let files = setrlimit(kind, &limit) == 0 ? limit.rlim_cur : before
    return UInt32(clamping: max(files, otherFiles + 16) - otherFiles)
  }

  deinit { stop() }

  /// Stops accepting, waits for requests under way, and frees the port.
  ///
  /// `seconds`: How long those may take that wait for their client; those that the server is at work
  /// on are always finished.
  public func stop(within seconds: Int = 30) {
    guard let daemon else { return }
    self.daemon = nil
    stopping.store(true, ordering: .relaxed)
    let listener = MHD_quiesce_daemon(daemon)
    // Its number must stay taken until the daemon's threads are gone, but no client shall wait on it.
    shutdown(listener, Int32(SHUT_RDWR))
    let end = DispatchTime.now() + .seconds(seconds)
    while workers.count > 0 || (underWay.load(ordering: .relaxed) > 0 && DispatchTime.now() < end) {
      usleep(10_000)
    }
    MHD_stop_daemon(daemon)
    if listener >= 0 { close(listener) }
  }
}

private func server(_ context: UnsafeMutableRawPointer?) -> HTTPServer? {
  context.map { Unmanaged<HTTPServer>.fromOpaque($0).takeUnretainedValue() }
}

private let connected: martlet_mhd_connected = { context, connection, _, change in
  guard let server = server(context), let connection else { return }
  let socket = martlet_mhd_socket(connection)
  if change == 0 {
    server.watch.expect(socket)
  } else {
    server.watch.forget(socket)
  }
}

private let completed: martlet_mhd_completed = { context, _, state, _ in
  guard let server = server(context), let state, let box = state.pointee else { return }
  Unmanaged<Exchange>.fromOpaque(box).release()
  state.pointee = nil
  server.underWay.subtract(1, ordering: .relaxed)
}

/// Called once with the request's head, then with each part of the body, then at its end, and again
/// when a connection is resumed.
private let access: martlet_mhd_handler = {
  context,
  connection,
  url,
  method,
  _,
  data,
  size,
  state in
  guard let server = server(context), let connection, let url, let method, let size, let state
  else { return 0 }
  guard let box = state.pointee else {
    let request = HTTPRequest(connection, url: url, method: method, server.options.keptHeaders)
    let exchange = Exchange(server, connection, request, server.handler(request))
    server.underWay.add(1, ordering: .relaxed)
    state.pointee = Unmanaged.passRetained(exchange).toOpaque()
    return 1
  }
  let exchange = Unmanaged<Exchange>.fromOpaque(box).takeUnretainedValue()
  if size.pointee > 0 {
    exchange.receive(UnsafeRawBufferPointer(start: data, count: size.pointee))
    size.pointee = 0
    return 1
  }
  return exchange.end() ? 1 : 0
}

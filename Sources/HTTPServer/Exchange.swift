// SPDX-License-Identifier: Apache-2.0
//
// One request and its answer. The daemon's thread calls `receive` with each part of the body and once
// at its end; between those calls the connection may be suspended while a worker has the exchange.
// Only one of the two touches it at a time: a worker's last act is to resume the connection.

import CMicroHTTPD
import Foundation

final class Exchange: @unchecked Sendable {
  /// Bytes gathered before a worker is called for a part.
  private static let partSize = 1 << 20

  private let server: HTTPServer
  private let connection: OpaquePointer
  private let socket: Int32
  private var request: HTTPRequest
  private var reception: HTTPReception
  private var isAdmitted = false
  private var held = 0
  private var received = 0
  private var response: HTTPResponse?

  init(
    _ server: HTTPServer,
    _ connection: OpaquePointer,
    _ request: HTTPRequest,
    _ reception: HTTPReception
  ) {
    self.server = server
    self.connection = connection
    self.request = request
    self.reception = reception
    socket = martlet_mhd_socket(connection)
    switch reception {
    case .answer, .inline: break
    case .queued, .parts:
      isAdmitted = server.workers.admit()
      if !isAdmitted { self.reception = .answer(.busy) }
    }
    server.watch.expect(socket)
  }

  deinit {
    server.workers.release(held)
    if isAdmitted { server.workers.leave() }
    server.watch.expect(socket, seconds: Int(server.options.idleSeconds))
  }

  /// Takes a part of the body.
  func receive(_ part: UnsafeRawBufferPointer) {
    received += part.count
    server.watch.expect(socket, bytes: received)
    switch reception {
    case .answer: return
    case .inline(let limit, _), .queued(let limit, _):
      if request.body.count + part.count > limit {
        refuse(.tooLong)
      } else if !server.workers.hold(part.count) {
        refuse(.busy)
      } else {
        held += part.count
        request.body.append(contentsOf: part)
      }
    case .parts(let reader):
      request.body.append(contentsOf: part)
      guard request.body.count >= Self.partSize else { return }
      let bytes = takeBody()
      work { reader.read(bytes) }
    }
  }

  private func refuse(_ response: HTTPResponse) {
    reception = .answer(response)
    server.workers.release(held)
    held = 0
    request.body = []
  }

  private func takeBody() -> [UInt8] {
    let bytes = request.body
    request.body = []
    return bytes
  }

  /// Hands the exchange to a worker.
  private func work(_ body: @escaping @Sendable () -> Void) {
    server.watch.rest(socket)
    MHD_suspend_connection(connection)
    server.workers.run { [self] in
      body()
      server.watch.expect(socket)
      MHD_resume_connection(connection)
    }
  }

  /// Answers, now or after a worker's call, since the body is over; false to close the connection.
  func end() -> Bool {
    if let response { return send(response) }
    switch reception {
    case .answer(let response): return send(response)
    case .inline(_, let handler): return send(handler(request))
    case .queued(_, let handler):
      work { [self] in response = handler(request) }
    case .parts(let reader):
      let bytes = takeBody()
      work { [self] in
        if !bytes.isEmpty { reader.read(bytes) }
        response = reader.finish()
      }
    }
    return true
  }

  private func send(_ response: HTTPResponse) -> Bool {
    let made: OpaquePointer?
    switch response.body {
    case .bytes(let bytes):
      server.watch.expect(socket, bytes: bytes.count)
      made = bytes.withUnsafeBytes { martlet_mhd_bytes($0.baseAddress, $0.count) }
    case .stream(let next):
      made = Stream(next, socket: socket, watch: server.watch).response()
    }
    guard let made else { return false }
    martlet_mhd_add_header(made, "Content-Type", response.contentType)
    for (name, value) in response.headers { martlet_mhd_add_header(made, name, value) }
    if server.isStopping { martlet_mhd_add_header(made, "Connection", "close") }
    return martlet_mhd_answer(connection, UInt32(response.status), made) == 1
  }
}

/// A response's body in the making.
private final class Stream {
  private let next: @Sendable () throws -> [UInt8]?
  private let socket: Int32
  private let watch: ConnectionWatch
  private var rest: ArraySlice<UInt8> = []
  private var sent = 0

  init(
    _ next: @escaping @Sendable () throws -> [UInt8]?,
    socket: Int32,
    watch: ConnectionWatch
  ) {
    self.next = next
    self.socket = socket
    self.watch = watch
  }

  func response() -> OpaquePointer? {
    let context = Unmanaged.passRetained(self)
    let made = martlet_mhd_stream(
      { context, _, bytes, size in
        guard let context, let bytes else { return -2 }
        let stream = Unmanaged<Stream>.fromOpaque(context).takeUnretainedValue()
        return stream.read(UnsafeMutableRawBufferPointer(start: bytes, count: size))
      },
      { context in
        if let context { Unmanaged<Stream>.fromOpaque(context).release() }
      },
      context.toOpaque()
    )
    if made == nil { context.release() }
    return made
  }

  private func read(_ bytes: UnsafeMutableRawBufferPointer) -> Int {
    watch.expect(socket, bytes: sent)
    while rest.isEmpty {
      guard let part = try? next() else { return -1 }
      rest = part[...]
    }
    let count = min(bytes.count, rest.count)
    bytes.copyBytes(from: rest.prefix(count))
    rest = rest.dropFirst(count)
    sent += count
    return count
  }
}

extension HTTPResponse {
  fileprivate static let tooLong = HTTPResponse(
    status: 413,
    body: Array(#"{"message":"The body is too long: send it in smaller parts."}"#.utf8)
  )

  fileprivate static var busy: HTTPResponse {
    var response = HTTPResponse(
      status: 503,
      body: Array(#"{"message":"Too many requests are waiting: try again in a second."}"#.utf8)
    )
    response.headers = [("Retry-After", "1")]
    return response
  }
}

// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPServer
import Testing

@Suite(.serialized)
struct HTTPServerTests {
  /// Answers with what it was asked, as lines.
  private func echo(_ request: HTTPRequest) -> HTTPResponse {
    let query = request.query.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let text = [
      request.method, request.path.joined(separator: "|"), query.joined(separator: "&"),
      request.headers["x-kept"] ?? "", "\(request.body.count)",
    ]
    return HTTPResponse(contentType: "text/plain", body: Array(text.joined(separator: "\n").utf8))
  }

  private func withServer(
    _ handler: @escaping HTTPServer.Handler,
    _ body: (UInt16) throws -> Void
  ) throws {
    var options = HTTPServer.Options()
    options.address = "127.0.0.1"
    options.port = 0
    options.keptHeaders = ["x-kept"]
    let server = try HTTPServer(options: options, handler: handler)
    defer { server.stop() }
    try body(server.port)
  }

  /// Sends bytes on a connection of their own and returns all that comes back.
  private func exchange(_ port: UInt16, _ bytes: [UInt8]) throws -> String {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var patience = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(
      descriptor,
      SOL_SOCKET,
      SO_RCVTIMEO,
      &patience,
      socklen_t(MemoryLayout<timeval>.size)
    )
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(connected == 0)
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      // The server may answer and close before it has read everything.
      guard count > 0 else { break }
      sent += count
    }
    var answer: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = recv(descriptor, &part, part.count, 0)
      guard count > 0 else { break }
      answer += part[..<count]
    }
    return String(decoding: answer, as: UTF8.self)
  }

  private func exchange(_ port: UInt16, _ text: String) throws -> String {
    try exchange(port, Array(text.utf8))
  }

  @Test func requestsArriveWhole() throws {
    try withServer({ _ in .inline(limit: 1 << 20) { self.echo($0) } }) { port in
      let answer = try exchange(
        port,
        "POST /a%20b/c/?q=%E9%9B%BB+x&e=&q2=1 HTTP/1.1\r\nHost: h\r\nX-Kept: yes\r\nX-Other: no\r\n"
          + "Content-Length: 5\r\nConnection: close\r\n\r\nhello"
      )
      #expect(answer.hasPrefix("HTTP/1.1 200"))
      #expect(answer.contains("Content-Type: text/plain"))
      #expect(answer.hasSuffix("POST\na b|c\ne=&q=電 x&q2=1\nyes\n5"), "\(answer)")
    }
  }

  @Test func bodiesOverTheLimitAreRefused() throws {
    for isQueued in [false, true] {
      let handler: HTTPServer.Handler = { _ in
        isQueued ? .queued(limit: 10) { self.echo($0) } : .inline(limit: 10) { self.echo($0) }
      }
      try withServer(handler) { port in
        for (length, status) in [(10, 200), (11, 413), (1_000_000, 413)] {
          let head =
            "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: \(length)\r\n\r\n"
          let answer = try exchange(port, head + String(repeating: "x", count: length))
          #expect(answer.hasPrefix("HTTP/1.1 \(status)"), "\(length) \(answer.prefix(80))")
        }
      }
    }
  }

  @Test func answersAreStreamed() throws {
    final class Parts: @unchecked Sendable {
      var left = 1000
      func next() -> [UInt8]? {
        left -= 1
        return left >= 0 ? Array("part \(left)\n".utf8) : nil
      }
    }
    try withServer({ _ in
      let parts = Parts()
      return .answer(HTTPResponse(body: .stream { parts.next() }))
    }) { port in
      let answer = try exchange(port, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
      #expect(answer.contains("part 999\n") && answer.contains("part 0\n"))
    }
  }

  /// What is no HTTP ends its own connection and nothing else.
  @Test(arguments: [
    "\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\u{0}\u{1}\u{2}\r\n\r\n",
    "GET / HTTP/1.1\r\n\r\n", "GET /%zz?%=%&&= HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -5\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "GET /" + String(repeating: "a", count: 100_000) + " HTTP/1.1\r\nHost: h\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: h\r\nX-Kept: " + String(repeating: "b", count: 200_000) + "\r\n\r\n",
  ])
  func malformedRequestsDoNoHarm(_ text: String) throws {
    try withServer({ _ in .inline(limit: 1000) { self.echo($0) } }) { port in
      let answer = try exchange(port, text + "GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
      #expect(answer.isEmpty || answer.hasPrefix("HTTP/1."), "\(answer.prefix(80))")
      let sound = try exchange(port, "GET /ok HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
      #expect(sound.contains("GET\nok"))
    }
  }

  @Test func manyAtOnceAreAnswered() throws {
    try withServer({ _ in .queued(limit: 1000) { self.echo($0) } }) { port in
      let wrong = Lines()
      DispatchQueue.concurrentPerform(iterations: 200) { number in
        let request = "GET /n/\(number) HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
        let answer = (try? exchange(port, request)) ?? "no connection"
        if !answer.contains("GET\nn|\(number)\n") { wrong.append(answer) }
      }
      #expect(wrong.all.isEmpty)
    }
  }

  @Test func anAddressInUseIsSaidSo() throws {
    try withServer({ _ in .inline(limit: 0) { self.echo($0) } }) { port in
      var options = HTTPServer.Options()
      options.address = "127.0.0.1"
      options.port = port
      let error = #expect(throws: HTTPServerError.self) {
        try HTTPServer(options: options) { _ in .answer(HTTPResponse(body: [])) }
      }
      #expect(error?.description.contains("--api-port") == true)
      options.address = "not an address"
      #expect(throws: HTTPServerError.self) {
        try HTTPServer(options: options) { _ in .answer(HTTPResponse(body: [])) }
      }
    }
  }
}

/// Texts gathered by several threads.
private final class Lines: @unchecked Sendable {
  private let lock = NSLock()
  private var texts: [String] = []
  var all: [String] { lock.withLock { texts } }
  func append(_ text: String) { lock.withLock { texts.append(text) } }
}

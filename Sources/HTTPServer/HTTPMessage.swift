// SPDX-License-Identifier: Apache-2.0

/// A request.
public struct HTTPRequest: Sendable {
  /// GET, POST and so on.
  public var method: String
  /// The path's parts, percent-decoded; a trailing slash makes none.
  public var path: [String]
  /// The query's items; of equal names the last counts.
  public var query: [String: String]
  /// Header values by lower-case name, of those that the server was told to keep.
  public var headers: [String: String]
  /// The body, once it has been read.
  public var body: [UInt8]
  /// The address that it came from.
  public var client: String

  /// Creates a request.
  public init(
    method: String,
    path: [String],
    query: [String: String] = [:],
    headers: [String: String] = [:],
    body: [UInt8] = [],
    client: String = ""
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
    self.client = client
  }
}

/// A response.
public struct HTTPResponse: Sendable {
  /// What is sent after the headers.
  public enum Body: Sendable {
    /// These bytes.
    case bytes([UInt8])
    /// What each call returns, until one returns nil.
    ///
    /// Called on one thread at a time, as the client takes the bytes. Nothing can be said of an
    /// error at that point but by ending early, without the end that the encoding asks for.
    case stream(@Sendable () throws -> [UInt8]?)
  }

  /// The status.
  public var status: Int
  /// What the body is.
  public var contentType: String
  /// Further headers.
  public var headers: [(name: String, value: String)] = []
  /// The body.
  public var body: Body

  /// Creates a response.
  public init(status: Int = 200, contentType: String = "application/json", body: [UInt8]) {
    self.init(status: status, contentType: contentType, body: .bytes(body))
  }

  /// Creates a response.
  public init(status: Int = 200, contentType: String = "application/json", body: Body) {
    self.status = status
    self.contentType = contentType
    self.body = body
  }
}

/// Takes a body in parts, as it arrives, and answers at its end.
///
/// One thread at a time; gone without ``finish()`` if the client goes away.
public protocol HTTPBodyReader: AnyObject, Sendable {
  /// Takes the next part.
  func read(_ part: [UInt8])
  /// Answers, after the last part.
  func finish() -> HTTPResponse
}

/// How a request is taken, decided when its head is there.
public enum HTTPReception: Sendable {
  /// Answer so, whatever the body.
  case answer(HTTPResponse)
  /// Read a body of `limit` bytes at most, then answer on the thread that read it: for what is
  /// quick, since that thread serves others too.
  case inline(limit: Int, @Sendable (HTTPRequest) -> HTTPResponse)
  /// Read a body of `limit` bytes at most, then answer on a worker.
  case queued(limit: Int, @Sendable (HTTPRequest) -> HTTPResponse)
  /// Hand the body over in parts, on a worker.
  case parts(any HTTPBodyReader)
}

/// Why the server cannot start.
public struct HTTPServerError: Error, CustomStringConvertible {
  /// What happened and the remedy.
  public let description: String

  /// Creates an error.
  init(_ description: String) { self.description = description }
}

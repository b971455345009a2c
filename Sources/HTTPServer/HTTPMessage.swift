// SPDX-License-Identifier: Apache-2.0

/// A request, read whole.
public struct HTTPRequest: Sendable {
  /// GET, POST and so on.
  public var method: String
  /// The path's parts, percent-decoded; a trailing slash makes none.
  public var path: [String]
  /// The query's items; of equal names the last counts.
  public var query: [String: String]
  /// Header values by lower-case name, of those that the server was told to keep.
  public var headers: [String: String]
  /// The body.
  public var body: [UInt8]

  /// Creates a request.
  public init(
    method: String,
    path: [String],
    query: [String: String] = [:],
    headers: [String: String] = [:],
    body: [UInt8] = []
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
  }
}

/// A response.
public struct HTTPResponse: Sendable {
  /// The status.
  public var status: Int
  /// What the body is.
  public var contentType: String
  /// The body.
  public var body: [UInt8]

  /// Creates a response.
  public init(status: Int = 200, contentType: String = "application/json", body: [UInt8]) {
    self.status = status
    self.contentType = contentType
    self.body = body
  }
}

/// Why the server cannot start.
public struct HTTPServerError: Error, CustomStringConvertible {
  /// What happened and the remedy.
  public let description: String
}

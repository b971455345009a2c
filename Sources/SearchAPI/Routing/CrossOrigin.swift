// SPDX-License-Identifier: Apache-2.0
//
// Cross-origin resource sharing (the Fetch standard, section 3.3).

import HTTPServer

extension SearchAPI {
  /// The answer to a browser that asks whether it may send a request.
  static let preflight: HTTPResponse = {
    var response = HTTPResponse(status: 204, contentType: "text/plain", body: [])
    response.headers = [
      ("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE, OPTIONS"),
      (
        "Access-Control-Allow-Headers",
        "x-typesense-api-key, content-type, x-typesense-user-id"
      ),
      ("Access-Control-Max-Age", "86400"),
    ]
    return response
  }()

  /// The response with the header that lets a browser of another site read it.
  func withOrigin(_ response: HTTPResponse, _ request: HTTPRequest) -> HTTPResponse {
    guard options.isCORSEnabled, let origin = request.headers["origin"] else { return response }
    var response = response
    if options.origins.isEmpty {
      response.headers.append(("Access-Control-Allow-Origin", "*"))
    } else if options.origins.contains(origin) {
      response.headers.append(("Access-Control-Allow-Origin", origin))
      response.headers.append(("Vary", "Origin"))
    }
    return response
  }
}

// SPDX-License-Identifier: Apache-2.0

import HTTPServer
import WebUI

extension SearchAPI {
  /// The web page's file that a request asks for, which needs no key; nil if it asks for another thing.
  static func page(_ request: HTTPRequest) -> HTTPResponse? {
    guard request.method == "GET" || request.method == "HEAD",
      let asset = WebUI.asset(request.path)
    else { return nil }
    let isKnown = request.headers["if-none-match"] == asset.etag
    var response = HTTPResponse(
      status: isKnown ? 304 : 200,
      contentType: asset.contentType,
      body: isKnown ? [] : asset.bytes
    )
    response.headers = WebUI.headers + [("ETag", asset.etag)]
    return response
  }
}

// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPServer
import JSON
import SearchIndex

extension SearchAPI {
  /// Seconds since 1970.
  static var now: Int64 { Int64(Date().timeIntervalSince1970) }

  static func json(_ value: JSON, status: Int = 200) -> HTTPResponse {
    HTTPResponse(status: status, body: value.serialized())
  }

  static func message(_ status: Int, _ text: String) -> HTTPResponse {
    json(["message": .string(text)], status: status)
  }

  static func failure(_ error: IndexError) -> HTTPResponse {
    message(status(error.code), error.message)
  }

  /// The status that says what went wrong.
  static func status(_ code: IndexError.Code) -> Int {
    switch code {
    case .invalid: 400
    case .notFound: 404
    case .alreadyExists: 409
    case .busy, .full, .readOnly: 503
    case .corrupt, .tooOld, .tooNew, .io: 500
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import HTTPServer
import JSON
import Behaviour
import Promotions
import RankingPluginHost
import SearchIndex

extension HTTPResponse {
  /// A JSON answer.
  static func json(_ value: JSON, status: Int = 200) -> HTTPResponse {
    HTTPResponse(status: status, body: value.serialized())
  }

  /// An error, or nothing but a message.
  static func message(_ status: Int, _ text: String) -> HTTPResponse {
    json(["message": .string(text)], status: status)
  }

  /// JSON lines.
  static func lines(_ body: HTTPResponse.Body) -> HTTPResponse {
    HTTPResponse(contentType: "text/plain; charset=utf-8", body: body)
  }

  static let done = json(["success": true])

  /// The answer that says what went wrong.
  static func failure(_ error: any Error) -> HTTPResponse {
    let (status, text) = describe(error)
    var response = message(status, text)
    if status == 503 { response.headers.append(("Retry-After", "1")) }
    return response
  }

  /// An error's status and message.
  static func describe(_ error: any Error) -> (status: Int, message: String) {
    switch error {
    case let error as IndexError: (status(error.code), error.message)
    case let error as APIError: (error.status, error.message)
    case let error as JSONError: (400, error.message)
    case let error as CurationError: (status(error.code), error.message)
    case let error as BehaviourError: (status(error.code), error.message)
    case let error as EventProblem: (error.reason == .unknownRule ? 404 : 400, error.message)
    case let error as PluginError: (400, "\(error)")
    default: (500, "\(error)")
    }
  }

  private static func status(_ code: CurationError.Code) -> Int {
    switch code {
    case .invalid: 400
    case .notFound: 404
    case .corrupt: 500
    }
  }

  private static func status(_ code: BehaviourError.Code) -> Int {
    switch code {
    case .invalid: 400
    case .notFound: 404
    case .busy, .closed: 503
    case .corrupt, .tooOld, .tooNew: 500
    }
  }

  private static func status(_ code: IndexError.Code) -> Int {
    switch code {
    case .invalid: 400
    case .notFound: 404
    case .alreadyExists: 409
    case .unprocessable: 422
    case .busy, .full, .readOnly: 503
    case .corrupt, .tooOld, .tooNew, .io: 500
    }
  }
}

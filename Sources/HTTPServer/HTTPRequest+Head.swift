// SPDX-License-Identifier: Apache-2.0

import CMicroHTTPD
import Foundation

extension HTTPRequest {
  /// The request's line and headers; the body is added as it arrives.
  init(
    _ connection: OpaquePointer,
    url: UnsafePointer<CChar>,
    method: UnsafePointer<CChar>,
    _ keptHeaders: [String]
  ) {
    var query: [String: String] = [:]
    withUnsafeMutablePointer(to: &query) { query in
      martlet_mhd_query(
        connection,
        { context, _, key, value in
          if let key, let query = context?.assumingMemoryBound(to: [String: String].self) {
            query.pointee[HTTPRequest.decoded(key)] = value.map { HTTPRequest.decoded($0) } ?? ""
          }
          return 1
        },
        query
      )
    }
    var headers: [String: String] = [:]
    for name in keptHeaders {
      if let value = martlet_mhd_header(connection, name) { headers[name] = String(cString: value) }
    }
    let path = String(cString: url).utf8.split(separator: UInt8(ascii: "/"))
    let client = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text -> String in
      guard let start = text.baseAddress else { return "" }
      martlet_mhd_client(connection, start, 64)
      return String(cString: start)
    }
    self.init(
      method: String(cString: method),
      path: path.map { Self.decoded($0) },
      query: query,
      headers: headers,
      client: client
    )
  }

  private static func decoded(_ text: UnsafePointer<CChar>) -> String {
    decoded(
      UnsafeRawBufferPointer(start: text, count: strlen(text)).bindMemory(to: UInt8.self)
    )
  }

  /// The text with each `%` and two hexadecimal digits replaced by their byte; bytes that are no
  /// UTF-8 become U+FFFD.
  static func decoded(_ text: some Swift.Collection<UInt8>) -> String {
    guard text.contains(UInt8(ascii: "%")) else { return String(decoding: text, as: UTF8.self) }
    var bytes: [UInt8] = []
    var rest = Array(text)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let high = Character(UnicodeScalar(rest[rest.startIndex])).hexDigitValue,
        let low = Character(UnicodeScalar(rest[rest.startIndex + 1])).hexDigitValue
      {
        bytes.append(UInt8(high << 4 | low))
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

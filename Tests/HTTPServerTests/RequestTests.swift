// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HTTPServer

@Suite struct RequestTests {
  @Test func escapesAreDecodedOnceAndBadOnesKept() {
    let cases = [
      "plain": "plain", "a%2Fb": "a/b", "%E8%93%9D": "蓝", "100%": "100%", "%zz": "%zz", "%2": "%2",
      "%252F": "%2F", "%ff": "\u{FFFD}", "": "", "%00": "\0", "a+b": "a+b",
    ]
    for (text, decoded) in cases { #expect(HTTPRequest.decoded(text.utf8) == decoded, "\(text)") }
  }
}

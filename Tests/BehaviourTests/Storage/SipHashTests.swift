// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Behaviour

struct SipHashTests {
  /// The paper's appendix: key 00...0f, message 00...0e.
  @Test func agreesWithThePaper() {
    let hash = SipHash(key: Array(0..<16))
    let message = [UInt8](0..<15)
    #expect(message.withUnsafeBytes { hash.hash($0) } == 0xa129_ca61_49be_45e5)
  }

  @Test func dependsOnKeyDomainAndText() {
    let hash = SipHash(key: Array(0..<16))
    #expect(hash(1, "a") != hash(2, "a"))
    #expect(hash(1, "a") != hash(1, "b"))
    #expect(hash(1, "a") != SipHash(key: Array(1..<17))(1, "a"))
  }
}

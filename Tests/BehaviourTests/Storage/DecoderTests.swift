// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Behaviour

struct DecoderTests {
  private func sampleRecord() -> LogRecord {
    var record = LogRecord()
    record.flags = [.counted, .ownTime]
    record.kind = .purchase
    (record.previous, record.shopper, record.session, record.time) = (7, 99, 3, 1_780_000_000_000)
    (record.query, record.fromQuery, record.collapsed, record.position) = (5, 6, 4, 2)
    record.items = [
      LogRecord.Item(product: 1, price: 9.5, quantity: 2, query: 5),
      LogRecord.Item(product: 300, price: 0, quantity: 1, query: 5),
    ]
    (record.id, record.queryID, record.name) = ("event", "query", "rule")
    (record.partners, record.rules) = ([8, 9000], [1])
    return record
  }

  private func sampleShopper() -> ShopperState {
    var state = ShopperState()
    (state.head, state.last) = (12, 1_780_000_000_000)
    state.note(4, .click, query: 9, at: 1_780_000_000)
    state.bought = [(4, 1_780_000_000)]
    state.categories.add(3, 1, at: 1_780_000_000, HalfLives())
    state.price.add(20, 1)
    var session = SessionState(id: 5, last: 6)
    _ = session.met(4, .view)
    session.queries = [SessionState.Query(query: 9, time: 5, isCounted: true)]
    _ = state.put(session)
    return state
  }

  @Test func recordsComeBackAsTheyWere() throws {
    let record = sampleRecord().bytes
    #expect(try record.withUnsafeBytes { try LogRecord($0).bytes } == record)
    let shopper = sampleShopper().bytes
    #expect(try shopper.withUnsafeBytes { try ShopperState($0).bytes } == shopper)
  }

  /// The example of Documentation/Formats/Events.md.
  @Test func agreesWithTheWorkedExample() throws {
    let bytes: [UInt8] =
      [0x01, 0x07, 0x03] + [1, 0, 0, 0, 0, 0, 0, 0] + [2, 0, 0, 0, 0, 0, 0, 0] + [0xE8, 0x07]
      + [0, 0, 0, 0, 0, 0, 0] + [0, 0, 0] + [0x01, 0xAC, 0x02, 0x00] + [0x01, 0x05] + [0x00]
    let record = try bytes.withUnsafeBytes { try LogRecord($0) }
    #expect(record.flags == .counted && record.previous == 7 && record.kind == .view)
    #expect(record.shopper == 1 && record.session == 2 && record.time == 1000)
    #expect(record.items.map(\.product) == [300] && record.partners == [5])
    #expect(record.bytes == bytes)
  }

  /// Any bytes give a value or an error, never a trap.
  @Test func decodersAreTotal() {
    let decoders: [(UnsafeRawBufferPointer) throws -> Void] = [
      { _ = try LogRecord($0) }, { _ = try ShopperState($0) }, { _ = try QueryState($0) },
      { _ = try Neighbours($0) }, { _ = try QueryProducts($0) }, { _ = try RuleCount($0) },
      { _ = try Propensities($0) },
    ]
    var refused = 0
    func feed(_ bytes: [UInt8]) {
      for decode in decoders {
        do { try bytes.withUnsafeBytes(decode) } catch { refused += 1 }
      }
    }
    for sample in [sampleRecord().bytes, sampleShopper().bytes] {
      for length in sample.indices { feed(Array(sample[..<length])) }
      for index in sample.indices {
        for bit in 0..<8 {
          var changed = sample
          changed[index] ^= 1 << UInt8(bit)
          feed(changed)
        }
      }
    }
    let seed = UInt64.random(in: 0..<1 << 32)
    var random = SeededRandom(seed: seed)
    for _ in 0..<5000 {
      feed(
        (0..<Int.random(in: 0..<90, using: &random)).map { _ in
          UInt8.random(in: .min ... .max, using: &random)
        }
      )
    }
    #expect(refused > 0, "seed \(seed)")
  }
}

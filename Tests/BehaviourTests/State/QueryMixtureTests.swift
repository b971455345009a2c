// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Behaviour

/// Where queries come from is learnt from those that are sent.
struct QueryMixtureTests {
  private let minute: Int64 = 60_000

  @Test func learnsWhichSourceForesees() {
    var mixture = QueryMixture()
    let context = QueryMixture.Context(own: 5, hasSession: true, next: 3)
    // What is sent is always what the session's last query leads to, and never the shopper's own.
    for _ in 0..<2000 { mixture.learn([0.1, 0.1, 0.1, 0, 0, 0.5, 0, 0], context) }
    let next = mixture.chance([0, 0, 0, 0, 0, 1, 0, 0], context)
    #expect(next > 0.9)
    #expect(mixture.chance([0, 0, 0, 1, 0, 0, 0, 0], context) < 0.01)
    // Another context knows nothing of it, and sources that are silent there take no part.
    let other = QueryMixture.Context(own: 0, hasSession: false, next: 0)
    #expect(mixture.chance([0, 0, 0, 0, 0, 1, 0, 0], other) == 0)
    #expect(abs(mixture.chance([1, 1, 1, 0, 0, 0, 0, 0], other) - 1) < 1e-5)
  }

  @Test func chancesAreThoseOfAMixture() {
    var random = SeededRandom(seed: 5)
    var mixture = QueryMixture()
    for _ in 0..<500 {
      func share() -> Float { Float.random(in: 0...1, using: &random) }
      let context = QueryMixture.Context(
        own: Float.random(in: 0...6, using: &random),
        hasSession: Bool.random(using: &random),
        next: Float.random(in: 0...3, using: &random)
      )
      let shares: QueryMixture.Shares = [
        share(), share(), share(), share(), share(), share(), 0, 0,
      ]
      mixture.learn(shares, context)
      let chance = mixture.chance(shares, context)
      #expect(chance >= -1e-5 && chance <= shares.max() + 1e-5, "seed 5")
    }
  }

  @Test func storedMixturesReadAsWritten() throws {
    var mixture = QueryMixture()
    let context = QueryMixture.Context(own: 2, hasSession: true, next: 0)
    mixture.learn([0.2, 0.1, 0, 0.5, 0, 0, 0, 0], context)
    mixture.count(1, at: 1000, HalfLives())
    let bytes = mixture.bytes
    let read = try bytes.withUnsafeBytes { try QueryMixture($0) }
    #expect(read.bytes == bytes)
    #expect(read.searches == 1)
    for length in 0..<bytes.count {
      #expect(throws: (any Error).self) {
        try Array(bytes[..<length]).withUnsafeBytes { _ = try QueryMixture($0) }
      }
    }
  }

  @Test func recordsOfBeforeAreRead() throws {
    var counters = Counters()
    counters.add(.of(.searches, 3), at: 50, HalfLives())
    var writer = ByteWriter()
    counters.encode(&writer)
    writer.fixed(UInt64(7))
    let old = try writer.bytes.withUnsafeBytes { try QueryState($0) }
    #expect(old.searches == 3)
    #expect(old.shoppers == [7])
    let now = try old.bytes.withUnsafeBytes { try QueryState($0) }
    #expect(now.searches == 3)
    #expect(now.shoppers == [7])
  }

  @Test func theShoppersOwnQueryIsForeseen() throws {
    let clock = TestClock()
    try withStore(clock) { store in
      for shopper in 0..<20 {
        let event = Event.search("tea", by: "other \(shopper)", at: clock.time - minute)
        #expect(try store.record([event]).allSatisfy(\.isAccepted))
      }
      _ = try store.record([.search("tent", by: "ann", at: clock.time - 86_400_000)])
      let known = try store.snapshot().outlook(collection: "", shopper: "ann", session: "")
      #expect(known.candidates == [QueryOutlook.Candidate(query: "tent", isOwn: true)])
      #expect(try known.chance(of: "tent") > known.chance(of: "tea"))
      let unknown = try store.snapshot().outlook(collection: "", shopper: "bob", session: "")
      #expect(unknown.candidates.isEmpty)
      #expect(try unknown.chance(of: "tea") > unknown.chance(of: "tent"))
      try store.forget(shopper: "ann")
      let gone = try store.snapshot().outlook(collection: "", shopper: "ann", session: "")
      #expect(gone.candidates.isEmpty)
    }
  }

  @Test func whatFollowsIsForeseenOnceEnoughHaveSentIt() throws {
    let clock = TestClock()
    try withStore(clock, { $0.leastShoppers = 3 }) { store in
      func visit(_ shopper: String) throws {
        _ = try store.record([
          .search("tent", by: shopper, at: clock.time - 2 * minute),
          .search("stove", by: shopper, at: clock.time - minute),
        ])
      }
      func foreseen() throws -> [QueryOutlook.Candidate] {
        try store.snapshot().outlook(collection: "", shopper: "eve", session: "").candidates
          .filter { !$0.isOwn }
      }
      _ = try store.record([.search("tent", by: "eve", at: clock.time - minute)])
      for shopper in ["ann", "bob"] { try visit(shopper) }
      #expect(try foreseen().isEmpty)
      try visit("cleo")
      #expect(try foreseen() == [QueryOutlook.Candidate(query: "stove", isOwn: false)])
      // The session of a while ago is over, and nothing follows it.
      clock.time += 3_600_000
      #expect(try foreseen().isEmpty)
    }
  }
}

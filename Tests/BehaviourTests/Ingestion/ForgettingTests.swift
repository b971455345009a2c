// SPDX-License-Identifier: Apache-2.0

import LMDBStore
import Testing

@testable import Behaviour

struct ForgettingTests {
  private let clock = TestClock()
  private var now: Int64 { clock.time }

  @Test func namesThatOnlyAForgottenShopperUsedVanish() throws {
    try withStore(clock) { store in
      var odd = Event.of(.click, "odd thing", by: "u", at: now, query: "odd words")
      (odd.category, odd.brand) = ("odd category", "odd brand")
      var shared = Event.of(.click, "shared", by: "u", at: now, query: "common words")
      shared.category = "common category"
      // Long ago, another one had a thing of which no count is left, but an event.
      let old = Event.of(.click, "old", by: "v", at: now - 380 * 86_400_000)
      var theirs = Event.of(.click, "shared", by: "v", at: now, query: "common words")
      theirs.category = "common category"
      _ = try store.record([
        old, theirs, odd, shared, .of(.view, "old", by: "u", at: now),
        .of(.purchase, "odd purchase", by: "u", at: now),
      ])
      try store.forget(shopper: "u")
      let transaction = try store.core.environment.read()
      var names: Set<String> = []
      for (key, _) in try transaction.entries(store.core.tables.names, prefix: []) {
        let text = key.dropFirst().split(separator: 0, omittingEmptySubsequences: false).last
        names.insert(String(decoding: text ?? [], as: UTF8.self))
      }
      #expect(names.isSuperset(of: ["old", "shared", "common words", "common category"]))
      #expect(!names.contains { $0.hasPrefix("odd") }, "\(names)")
      for (_, value) in try transaction.entries(store.core.tables.numbers, prefix: []) {
        #expect(!String(decoding: value, as: UTF8.self).contains("odd"))
      }
      // The names may come again, under new numbers.
      _ = try store.record([.of(.click, "odd thing", by: "w", at: now)])
      #expect(try store.snapshot().counters(product: "odd thing", collection: "").clicks == 1)
    }
  }

  @Test func interactionsAreThoseOfNewProductsWithThePast() throws {
    try withStore(clock) { store in
      _ = try store.record([
        .of(.click, "a", by: "u", at: now), .of(.view, "a", by: "u", at: now + 1),
        .of(.click, "x", by: "v", at: now), .search("lamp", by: "u", at: now, showing: ["z"]),
        .of(.click, "b", by: "u", at: now + 2),
      ])
      let middle = try store.snapshot().lastSequence()
      _ = try store.record([
        .of(.purchase, "a", by: "u", at: now + 3), .of(.click, "c", by: "u", at: now + 4),
      ])
      func read(after: UInt64, limit: Int = 100) throws -> ([String], UInt64) {
        var lines: [String] = []
        let last = try store.snapshot().forEachInteraction(after: after, limit: limit) {
          lines.append("\($0.product) after \($0.past.joined(separator: " "))")
        }
        return (lines, last)
      }
      let all = try read(after: 0)
      #expect(all.0 == ["a after ", "x after ", "b after a", "c after b a"])
      #expect(all.1 == 7)
      #expect(try read(after: middle).0 == ["c after b a"])
      #expect(try read(after: 0, limit: 3).1 == 3)
      try store.forget(shopper: "u")
      #expect(try read(after: 0).0 == ["x after "])
    }
  }
}

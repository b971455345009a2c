// SPDX-License-Identifier: Apache-2.0

import Foundation
import LMDBStore
import JSON
import Promotions
import Testing

struct CurationStoreTests {
  private func withStore(_ body: (String) throws -> Void) throws {
    let directory = NSTemporaryDirectory() + "martlet-test-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try body(directory)
  }

  private func hiding(_ id: String, _ query: String) throws -> CurationRule {
    try rule(
      """
      {"id":"\(id)","rule":{"query":"\(query)","match":"exact"},"excludes":[{"id":"\(id)"}]}
      """
    )
  }

  private func hidden(_ store: CurationStore, _ query: String) throws -> [String] {
    RuleIndex.plan(for: try search(query), in: store.indexes(of: ["s", "none", "s", "t"])).hiddenIDs
  }

  @Test func changesAreSeenAtOnceAndAfterReopening() throws {
    try withStore { directory in
      do {
        let store = try CurationStore(environment: Environment(directory: directory))
        #expect(store.sets.isEmpty)
        try store.put(CurationSet(name: "s", items: [hiding("a", "x"), hiding("b", "y")]))
        #expect(try hidden(store, "x") == ["a"])
        try store.put(hiding("c", "z"), in: "s")
        try store.put(hiding("a", "w"), in: "s")
        #expect(try hidden(store, "x") == [])
        #expect(try hidden(store, "w") == ["a"])
        try store.removeRule("b", in: "s")
        #expect(try hidden(store, "y") == [])
        try store.put(CurationSet(name: "t", items: [hiding("d", "y")]))
        try store.put(CurationSet(name: "u", items: [hiding("e", "y")]))
        try store.put(CurationSet(name: "u", items: []))
        #expect(try hidden(store, "y") == ["d"])
      }
      let store = try CurationStore(environment: Environment(directory: directory))
      #expect(store.sets.map(\.name) == ["s", "t", "u"])
      #expect(try store.set(named: "s").items.map(\.id) == ["a", "c"])
      #expect(try store.set(named: "u").items.isEmpty)
      #expect(try hidden(store, "w") == ["a"])
      #expect(try store.rule("c", in: "s") == hiding("c", "z"))
      try store.removeSet(named: "s")
      #expect(try hidden(store, "w") == [])
      #expect(throws: CurationError.self) { try store.removeSet(named: "s") }
      #expect(throws: CurationError.self) { try store.rule("z", in: "t") }
      #expect(throws: CurationError.self) { try store.put(hiding("c", "z"), in: "none") }
    }
  }

  @Test func aDamagedRecordIsAnError() throws {
    try withStore { directory in
      let environment = try Environment(directory: directory)
      try CurationStore(environment: environment)
        .put(CurationSet(name: "s", items: [hiding("a", "x")]))
      let table = try #require(try environment.tables(["curation_rules"], create: false)[0])
      let key = Array("s\0a".utf8)
      let good = try #require(try environment.read().get(table, key).map { [UInt8]($0) })
      for index in good.indices {
        var bad = good
        bad[index] ^= 1 << UInt8.random(in: 0..<8)
        try environment.write { try $0.put(table, key, bad) }
        #expect(throws: CurationError.self) { try CurationStore(environment: environment) }
      }
      for length in 0..<good.count {
        try environment.write { try $0.put(table, key, Array(good.prefix(length))) }
        #expect(throws: CurationError.self) { try CurationStore(environment: environment) }
      }
    }
  }

  @Test func searchesGoOnWhileRulesChange() async throws {
    let directory = NSTemporaryDirectory() + "martlet-test-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let store = try CurationStore(environment: Environment(directory: directory))
    // Both rules change in one call, so a search sees both as of one change.
    func put(_ round: Int) throws {
      let actions = #""stop_processing":false,"rule":{"query":"x","match":"exact"}"#
      let items = try ["a", "b"].map {
        try rule(#"{"id":"\#($0)",\#(actions),"metadata":{"\#($0)":\#(round)}}"#)
      }
      try store.put(CurationSet(name: "s", items: items))
    }
    try put(0)
    let context = try search("x")
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        var last: Int64 = 0
        while last < 100 {
          let metadata = RuleIndex.plan(for: context, in: store.indexes(of: ["s"])).metadata
          let rounds = (metadata?["a"]?.int ?? -1, metadata?["b"]?.int ?? -2)
          #expect(rounds.0 == rounds.1 && rounds.0 >= last)
          last = rounds.0
        }
      }
      for round in 1...100 { try put(round) }
      try await group.waitForAll()
    }
  }
}

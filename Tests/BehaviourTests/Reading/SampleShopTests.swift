// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import LMDBStore
import TestSupport
import Testing

@testable import Behaviour

/// The sample shop's invented history: what was planted in it is found, and bots move nothing.
struct SampleShopTests {
  private struct Truth {
    var pairs: [(String, String)]
    var boosted: [String]
    var rising: String
  }

  /// Writes the history by the script; returns its lines and what was planted.
  private func generate(_ directory: String) throws -> (events: Data, truth: Truth) {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../Examples/shop/events.py").standardized.path
    let truth = directory + "/truth.json"
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "python3", script, "--shoppers", "6000", "--until", "2026-06-01", "--truth", truth,
    ]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let events = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    let json = try JSON(parsing: Array(Data(contentsOf: URL(fileURLWithPath: truth))))
    func texts(_ json: JSON?) -> [String] { json?.array?.compactMap(\.string) ?? [] }
    let pairs = json["pairs"]?.array?.map { (texts($0)[0], texts($0)[1]) } ?? []
    return (
      events,
      Truth(pairs: pairs, boosted: texts(json["boosted"]), rising: json["rising"]?.string ?? "")
    )
  }

  private func load(_ events: Data, into store: EventStore, now: Int64, people: Bool) throws {
    let importer = try EventImporter(store, EventDefaults(now: now))
    var number = 0
    for line in events.split(separator: 0x0A) {
      number += 1
      if people, line.range(of: Data("\"bot-".utf8)) != nil { continue }
      try Array(line).withUnsafeBufferPointer { try importer.add($0, line: number) }
    }
    try importer.finish()
    #expect(importer.totals.refused == 0)
  }

  @Test func plantedPairsAreFoundAndBotsMoveNothing() throws {
    // 2026-06-01
    let clock = TestClock(1_780_272_000_000)
    try withTemporaryDirectory { directory in
      let (events, truth) = try generate(directory)
      try withStore(clock) { store in
        try withStore(clock) { people in
          try load(events, into: store, now: clock.time, people: false)
          try load(events, into: people, now: clock.time, people: true)
          let (snapshot, clean) = (try store.snapshot(), try people.snapshot())
          try expectPairs(truth, snapshot)
          try expectNoEffect(truth, snapshot, clean)
          try expectRising(truth, snapshot)
          let learnt = try store.learnPropensities()
          for position in 2...8 {
            let planted = powf(Float(position), -0.8)
            #expect(abs(learnt[position] - planted) < 0.2 * planted, "position \(position)")
          }
          #expect(try people.learnPropensities() == learnt)
        }
      }
    }
  }

  private func expectPairs(_ truth: Truth, _ snapshot: BehaviourSnapshot) throws {
    #expect(truth.pairs.count >= 15)
    var found = 0
    for (first, second) in truth.pairs {
      let related = try snapshot.related(to: first, collection: "shop", by: .bought, limit: 1)
      if related.first?.product == second { found += 1 }
    }
    #expect(found >= truth.pairs.count - 1, "\(found) of \(truth.pairs.count)")
  }

  private func expectNoEffect(
    _ truth: Truth,
    _ snapshot: BehaviourSnapshot,
    _ clean: BehaviourSnapshot
  ) throws {
    #expect(try snapshot.shopper("bot-fast-1")?.isBot == true)
    #expect(try snapshot.shopper("bot-clock-1")?.isBot == true)
    #expect(try snapshot.shopper("bot-wide-1")?.isBot == true)
    #expect(try snapshot.shopper("bot-honest")?.isBot == true)
    for product in truth.boosted {
      let (with, without) = (
        try snapshot.counters(product: product, collection: "shop"),
        try clean.counters(product: product, collection: "shop")
      )
      #expect(abs(with.views - without.views) < 0.01 && abs(with.clicks - without.clicks) < 0.01)
      #expect(abs(with.purchases - without.purchases) < 0.01)
      #expect(abs(with.trend - without.trend) < 0.05)
    }
    var bots = Set<String>()
    var (excluded, people) = (0, 0)
    try snapshot.forEachEvent { event, isExcluded in
      if isExcluded { bots.insert(event.shopper) }
      if isExcluded { excluded += 1 } else { people += 1 }
    }
    // No person is taken for a bot: the thirteen planted ones are all.
    #expect(bots.count == 13 && excluded > 10_000 && people > 50_000)
  }

  private func expectRising(_ truth: Truth, _ snapshot: BehaviourSnapshot) throws {
    let rising = try snapshot.counters(product: truth.rising, collection: "shop").trend
    var ahead = 0
    for product in 1...1260 {
      let other = try snapshot.counters(product: "\(product)", collection: "shop").trend
      if other > rising { ahead += 1 }
    }
    #expect(ahead < 10, "\(ahead) products trend more")
  }
}

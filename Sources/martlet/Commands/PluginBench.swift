// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import Ranking
import RankingPluginHost
import SearchService

/// `plugin bench`: what a plugin's stage adds to a query.
enum PluginBench {
  static func run(_ words: [String]) throws {
    let arguments = try Arguments(
      words,
      options: ["config", "queries", "pause-us", "budget-us"],
      switches: ["json"]
    )
    var (configuration, stage) = try PluginCommand.source(arguments)
    // Every query shall reach the plugin, however late or faulty it is.
    configuration.breaker.failures = 65
    configuration.lateCalls = 1000
    configuration.restartMilliseconds = 0
    let host = try RankingPluginHost(configuration)
    try host.load(stage.plugin)
    let queries = max(1, try arguments.integer("queries", default: 2000))
    let pause = try arguments.integer("pause-us", default: 0)
    let budget = max(1, try arguments.integer("budget-us", default: 1_000_000))
    var report: [JSON] = []
    for isolation in [StageIsolation.thread, .process] {
      stage.isolation = isolation
      stage.budgetMicroseconds = budget
      stage.window = 10_000
      var profile = RankingProfile(name: "bench", stages: [stage])
      profile.budgetMicroseconds = budget
      let prepared = try host.prepare(profile)
      for count in [1, 100, 1000, 10_000] {
        report.append(measure(prepared, isolation, count, queries, pause))
      }
    }
    if arguments.flags.contains("json") {
      print(String(decoding: JSON.array(report).serialized(), as: UTF8.self))
    } else {
      print("isolation  candidates   p50 µs   p99 µs    ok  partial  timeout  other")
      for row in report { print(line(row)) }
    }
  }

  private static func measure(
    _ profile: PreparedProfile,
    _ isolation: StageIsolation,
    _ count: Int,
    _ queries: Int,
    _ pause: Int
  ) -> JSON {
    let candidates = RankingCandidates(
      keys: (0..<UInt64(count)).map { $0 },
      scores: (0..<count).map { 20 - Double($0) / 1000 }
    )
    let context = RankingContext(text: "red lamp", tokens: ["red", "lamp"])
    let source = SteadyFeatures(count: count)
    var times: [Double] = []
    var statuses: [StageStatus: Int] = [:]
    for query in 0..<(queries + 100) {
      if pause > 0 { usleep(UInt32(pause)) }
      let started = DispatchTime.now().uptimeNanoseconds
      let outcome = profile.run(candidates, context: context, features: source)
      let time = Double(DispatchTime.now().uptimeNanoseconds - started) / 1000
      if query >= 100 { times.append(time) }
      if query >= 100, let status = outcome.report.stages.first?.status {
        statuses[status, default: 0] += 1
      }
    }
    times.sort()
    func rounded(_ value: Double) -> JSON { .double((value * 10).rounded() / 10) }
    return [
      "isolation": .string(isolation.rawValue), "candidates": .int(Int64(count)),
      "p50_us": rounded(Metrics.percentile(times, 0.5)),
      "p99_us": rounded(Metrics.percentile(times, 0.99)),
      "ok": .int(Int64(statuses[.ok, default: 0])),
      "partial": .int(Int64(statuses[.partial, default: 0])),
      "timeout": .int(Int64(statuses[.timeout, default: 0])),
      "other": .int(
        Int64(statuses.filter { ![.ok, .partial, .timeout].contains($0.key) }.values.reduce(0, +))
      ),
    ]
  }

  private static func line(_ row: JSON) -> String {
    func right(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(1, width - text.count)) + text
    }
    let numbers = ["p50_us", "p99_us"].map { right("\(row[$0]?.double ?? 0)", 9) }.joined()
    let counts = [("ok", 6), ("partial", 9), ("timeout", 9), ("other", 7)]
      .map { right("\(row[$0.0]?.int ?? 0)", $0.1) }.joined()
    return (row["isolation"]?.string ?? "").padding(toLength: 9, withPad: " ", startingAt: 0)
      + right("\(row["candidates"]?.int ?? 0)", 12) + numbers
      + counts
  }
}

/// Columns made once, so that their making is no part of what is measured.
private struct SteadyFeatures: FeatureSource {
  let identifiers: TextColumn
  let numbers: FeatureColumn
  let strings: FeatureColumn
  let lists: FeatureColumn
  let vectors: FeatureColumn

  init(count: Int) {
    identifiers = TextColumn((0..<count).map { "product-\($0)" })
    numbers = .numbers((0..<count).map { Double($0 % 97) })
    strings = .strings(TextColumn((0..<count).map { "brand\($0 % 50)" }))
    lists = .lists(starts: Array(0...count), TextColumn((0..<count).map { "tag\($0 % 50)" }))
    vectors = .vectors(dimension: 64, (0..<(count * 64)).map { Float($0 % 13) / 13 })
  }

  func identifiers(of keys: [UInt64]) -> TextColumn { identifiers }

  func column(_ request: FeatureRequest, of keys: [UInt64]) -> FeatureColumn? {
    switch request.kind {
    case .number: numbers
    case .string: strings
    case .strings: lists
    case .vector: vectors
    }
  }
}

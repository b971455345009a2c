// SPDX-License-Identifier: Apache-2.0

import JSON
import Ranking
import RankingPluginHost
import Synchronization
import TestSupport
import Testing

extension HostTests {
  @Suite("One stage of each kind", .serialized)
  struct StageTests {
    @Test("A plugin's scores, drops, pins and reasons take effect", arguments: StageIsolation.all)
    func effects(isolation: StageIsolation) throws {
      let bench = try PluginBench(["reverse"])
      defer { bench.remove() }
      let outcome = try bench.profile("reverse", isolation).rank(10, explain: true)
      #expect(outcome.report.stages.map(\.status) == [.ok])
      #expect(outcome.order == [9, 5, 8, 7, 6, 4, 2, 1, 0])
      #expect(outcome.explanations[7].first?.reason == "lucky seven")
      #expect(outcome.explanations[5].first?.pin == 2)
      #expect(outcome.report.stages.first?.version == "1.0")
      #expect(outcome.report.stages.first?.scored == 10)
    }

    @Test("A plugin that leaves scores alone changes nothing", arguments: StageIsolation.all)
    func noop(isolation: StageIsolation) throws {
      let bench = try PluginBench(["noop"])
      defer { bench.remove() }
      let profile = try bench.profile("noop", isolation)
      for count in [0, 1, 2, 33, 1000, 20_000] {
        let outcome = profile.rank(count)
        #expect(outcome.order == Array(0..<count))
        #expect(outcome.report.stages.map(\.status) == [.ok])
      }
    }

    @Test("All that a plugin is given arrives", arguments: StageIsolation.all)
    func columns(isolation: StageIsolation) throws {
      let bench = try PluginBench(["columns"])
      defer { bench.remove() }
      let profile = try bench.profile("columns", isolation)
      for seed in UInt64(1)...20 {
        var random = SeededRandom(seed: seed)
        let source = RandomFeatures(count: Int.random(in: 1...300, using: &random), &random)
        let context = RankingContext.random(&random)
        let outcome = profile.run(source.candidates, context: context, features: source)
        #expect(outcome.report.stages.map(\.status) == [.ok])
        for candidate in source.candidates.keys.indices {
          let expected = source.sum(candidate, context)
          let error = abs(outcome.scores[candidate] - expected)
          #expect(error <= abs(expected) * 1e-9, "seed \(seed), candidate \(candidate)")
        }
      }
    }

    @Test("One instance serves eight threads at once", arguments: StageIsolation.all)
    func concurrent(isolation: StageIsolation) throws {
      let bench = try PluginBench(["concurrent"])
      defer { bench.remove() }
      let profile = try bench.profile("concurrent", isolation, budget: 500_000)
      let wrong = Mutex<[UInt64]>([])
      concurrently(8) { thread in
        for turn in 0..<20 {
          let seed = UInt64(thread * 100 + turn)
          var random = SeededRandom(seed: seed)
          let source = RandomFeatures(count: 50, &random)
          let context = RankingContext.random(&random)
          let outcome = profile.run(source.candidates, context: context, features: source)
          let isRight = (0..<50).allSatisfy { candidate in
            let expected = source.sum(candidate, context)
            return abs(outcome.scores[candidate] - expected) <= abs(expected) * 1e-9
          }
          if !isRight { wrong.withLock { $0.append(seed) } }
        }
      }
      #expect(wrong.withLock { $0 } == [], "seeds")
    }

    @Test("A failing plugin leaves the order as it was", arguments: StageIsolation.all)
    func failures(isolation: StageIsolation) throws {
      let bench = try PluginBench(["nan", "error", "throw"])
      defer { bench.remove() }
      for (plugin, text) in [("nan", "finite"), ("error", "no model"), ("throw", "on purpose")] {
        let outcome = try bench.profile(plugin, isolation).rank(100)
        #expect(outcome.order == Array(0..<100))
        #expect(outcome.report.stages.first?.status == .error)
        #expect(outcome.report.stages.first?.message?.contains(text) == true)
        #expect(outcome.report.isDegraded)
      }
    }
  }
}

extension StageIsolation {
  /// Sanitizers need more memory than a helper process may have: under them only threads.
  static let all: [StageIsolation] = Compiler.isSanitized ? [.thread] : [.thread, .process]
}

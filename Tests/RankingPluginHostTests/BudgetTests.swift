// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import Ranking
import RankingPluginHost
import Synchronization
import Testing

extension HostTests {
  @Suite("Budgets", .serialized)
  struct BudgetTests {
    @Test(
      "A plugin too slow for its window reranks the best and says partial",
      arguments: StageIsolation.all
    )
    func partial(isolation: StageIsolation) throws {
      let bench = try PluginBench(["slow"])
      defer { bench.remove() }
      // 20 µs a candidate: time for about 300 of the 1,000.
      let profile = try bench.profile("slow", isolation, budget: 6_500)
      var scored: [Int] = []
      for _ in 0..<60 where scored.count < 20 {
        let outcome = profile.rank(1000)
        let stage = try #require(outcome.report.stages.first)
        #expect(outcome.order == Array(0..<1000))
        for candidate in 0..<1000 {
          #expect((outcome.scores[candidate] > 1000) == (candidate < stage.scored))
        }
        #expect(stage.scored <= 325)
        if stage.status == .partial { scored.append(stage.scored) } else { usleep(50_000) }
      }
      #expect(scored.count == 20)
      #expect((100...325).contains(scored.sorted()[scored.count / 2]))
      print("slow \(isolation): scored \(scored)")
    }

    @Test("A stage that may not be partial keeps the order instead")
    func discard() throws {
      let bench = try PluginBench(["slow"])
      defer { bench.remove() }
      let profile = try bench.profile("slow", .thread, budget: 6_500) { $0.fallback = .discard }
      let outcome = profile.rank(1000)
      #expect(outcome.report.stages.map(\.status) == [.partial])
      #expect(outcome.scores.allSatisfy { $0 <= 1000 })
    }

    @Test(
      "Past its deadline a query does not wait for a hung plugin",
      arguments: StageIsolation.all
    )
    func overrun(isolation: StageIsolation) throws {
      // No rest and many late calls allowed, so that every query meets the hung plugin.
      let bench = try PluginBench(["sleep"]) {
        $0.breaker.failures = 64
        $0.breaker.window = 1
        $0.lateCalls = 1000
        $0.restartMilliseconds = 0
      }
      defer { bench.remove() }
      let profile = try bench.profile("sleep", isolation, budget: 2_000)
      var (overruns, oversleeps): ([Double], [Double]) = ([], [])
      var timeouts = 0
      for _ in 0..<500 {
        var outcome: RankingOutcome?
        let took = microseconds { outcome = profile.rank(1000) }
        overruns.append(took - 2000)
        oversleeps.append(oversleep(2000))
        if outcome?.report.stages.first?.status == .timeout { timeouts += 1 }
      }
      let (half, most) = (percentile(overruns, 0.5), percentile(overruns, 0.99))
      print(
        "overrun \(isolation): p50 \(Int(half)) µs, p99 \(Int(most)) µs, \(timeouts) of 500 timeouts"
      )
      #expect(timeouts > 0)
      #expect(most < 1_000 + 3 * percentile(oversleeps, 0.99))
    }

    @Test("No stage eats the time of a later one")
    func reserve() throws {
      let bench = try PluginBench(["sleep", "noop"])
      defer { bench.remove() }
      var (slow, quick) = (RankingStage(plugin: "sleep"), RankingStage(plugin: "noop"))
      slow.isolation = .thread
      quick.isolation = .thread
      slow.budgetMicroseconds = 30_000
      quick.budgetMicroseconds = 10_000
      var profile = RankingProfile(name: "two", stages: [slow, quick])
      profile.budgetMicroseconds = 20_000
      let outcome = try bench.host.prepare(profile).rank(100)
      #expect(outcome.report.stages.map(\.status) == [.timeout, .ok])
      #expect((14_000...15_000).contains(outcome.report.stages[0].budgetMicroseconds))
      let none = try bench.host.prepare(profile)
        .run(candidates(5), context: go, budgetMicroseconds: 0, features: NoFeatures())
      #expect(none.report.stages.map(\.status) == [.skipped, .skipped])
    }

    @Test("200 crashes: no failed query, and the breaker opens and closes")
    func crashes() throws {
      let bench = try PluginBench(["abort"]) {
        $0.breaker.restMilliseconds = 5
        $0.breaker.longestRestMilliseconds = 40
        $0.restartMilliseconds = 10
      }
      defer { bench.remove() }
      let profile = try bench.profile("abort", .process, budget: 100_000)
      var counts: [StageStatus: Int] = [:]
      while counts[.error, default: 0] < 200 {
        let outcome = profile.rank(50)
        #expect(outcome.order == Array(0..<50))
        counts[try #require(outcome.report.stages.first).status, default: 0] += 1
        usleep(500)
      }
      #expect(counts[.breakerOpen, default: 0] > 0)
      #expect(counts[.ok] == nil)
      var good = 0
      for _ in 0..<200 where good < 5 {
        usleep(20_000)
        good += profile.rank(50, RankingContext(text: "")).report.isDegraded ? 0 : 1
      }
      #expect(good == 5)
      let stages = bench.host.statuses.first?.json["stages"]?.array
      #expect(stages?.first?["breaker"]?.string == "closed")
      print("crashes: \(counts), breaker changes \(stages?.first?["breaker_changes"]?.int ?? 0)")
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import Ranking
import RankingPluginHost
import Synchronization
import Testing

extension HostTests {
  @Suite("Loading again under load", .serialized)
  struct ReloadTests {
    @Test("Every answer is wholly from one generation", arguments: StageIsolation.all)
    func reload(isolation: StageIsolation) throws {
      let times = isolation == .thread ? 1000 : 20
      let bench = try PluginBench(
        ["version"],
        variants: ["": [], "-1": ["-DVALUE=1"], "-2": ["-DVALUE=2"]]
      ) { if isolation == .thread { $0.helper = [] } }
      defer { bench.remove() }
      var first = RankingStage(plugin: "version")
      first.isolation = isolation
      first.budgetMicroseconds = 500_000
      var second = first
      second.config = ["second": true]
      var two = RankingProfile(name: "two", stages: [first, second])
      two.budgetMicroseconds = 1_000_000
      let profile = try bench.host.prepare(two)
      let isDone = Atomic(false)
      let failures = Mutex<[String]>([])
      let answers = Atomic(0)
      let before = residentKilobytes
      Thread.detachNewThread {
        for turn in 0..<times {
          let from = "\(bench.directory)/version-\(turn % 2 + 1).so"
          let next = bench.directory + "/next"
          do {
            try FileManager.default.copyItem(atPath: from, toPath: next)
            rename(next, bench.directory + "/version.so")
            try bench.host.load("version")
          } catch {
            failures.withLock { $0.append("\(error)") }
          }
        }
        isDone.store(true, ordering: .releasing)
      }
      concurrently(4) { _ in
        while !isDone.load(ordering: .acquiring) {
          let outcome = profile.rank(300)
          let stages = outcome.report.stages
          let isWhole =
            Set(outcome.scores).count == 1 && Set(stages.map(\.generation)).count == 1
            && stages.allSatisfy { $0.status == .ok }
          if !isWhole { failures.withLock { $0.append("\(outcome.scores.prefix(3)) \(stages)") } }
          answers.add(1, ordering: .relaxed)
        }
      }
      #expect(failures.withLock { $0.prefix(3) } == [])
      let status = try #require(bench.host.statuses.first?.json)
      #expect(status["loads"]?.int == Int64(times) + 1)
      #expect((status["images"]?.int ?? 0) <= 3)
      print(
        "reload \(isolation): \(times) times, \(answers.load(ordering: .relaxed)) answers, "
          + "resident memory +\(residentKilobytes - before) KiB"
      )
    }

    @Test("New content each time costs one image, which is counted")
    func images() throws {
      let bench = try PluginBench(["version"]) { $0.helper = [] }
      defer { bench.remove() }
      let profile = try bench.profile("version", .thread)
      let path = bench.directory + "/version.so"
      let bytes = try #require(FileManager.default.contents(atPath: path))
      let before = residentKilobytes
      for turn in 0..<200 {
        try (bytes + Data("\(turn)".utf8)).write(to: URL(fileURLWithPath: path))
        chmod(path, 0o755)
        try bench.host.load("version")
        #expect(profile.rank(10).report.stages.first?.generation == turn + 2)
      }
      #expect(bench.host.statuses.first?.json["images"]?.int == 201)
      print("200 new images: resident memory +\(residentKilobytes - before) KiB")
    }

    @Test("Disable, enable, roll back", arguments: StageIsolation.all)
    func administration(isolation: StageIsolation) throws {
      let bench = try PluginBench(["version"], variants: ["": [], "-2": ["-DVALUE=2"]])
      defer { bench.remove() }
      let profile = try bench.profile("version", isolation)
      #expect(profile.rank(2).scores == [1, 1])
      try bench.host.disable("version")
      #expect(profile.rank(2).scores == [2, 1])
      #expect(profile.rank(2).report.stages.map(\.status) == [.skipped])
      try bench.host.enable("version")
      #expect(profile.rank(2).scores == [1, 1])
      #expect(throws: PluginError.self) { try bench.host.rollBack("version") }
      rename(bench.directory + "/version-2.so", bench.directory + "/version.so")
      try bench.host.load("version")
      #expect(profile.rank(2).scores == [2, 2])
      try bench.host.rollBack("version")
      #expect(profile.rank(2).scores == [1, 1])
      #expect(profile.rank(2).report.stages.map(\.generation) == [1])
      try Data("junk".utf8).write(to: URL(fileURLWithPath: bench.directory + "/version.so"))
      chmod(bench.directory + "/version.so", 0o755)
      #expect(throws: PluginError.self) { try bench.host.load("version") }
      #expect(profile.rank(2).scores == [1, 1])
      #expect(throws: PluginError.self) { try bench.host.disable("other") }
    }

    private var residentKilobytes: Int {
      let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
      let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
      return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import Ranking
import RankingPluginHost
import Synchronization
import Testing

/// All tests of the host, one after another: they measure times and use all processors.
@Suite("Plugin host", .serialized)
struct HostTests {}

/// A directory of plugins compiled from the fixtures, and a host over it.
struct PluginBench {
  let directory: String
  let host: RankingPluginHost

  /// Compiles the named fixtures; with `variants`, each to NAME-KEY with the given compiler flags.
  init(
    _ fixtures: [String],
    variants: [String: [String]] = ["": []],
    change: (inout HostConfiguration) -> Void = { _ in }
  ) throws {
    directory = NSTemporaryDirectory() + "plugins-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: directory,
      withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o755]
    )
    for fixture in fixtures {
      for (variant, flags) in variants {
        try Compiler.build(fixture, to: "\(directory)/\(fixture)\(variant).so", flags)
      }
    }
    var configuration = HostConfiguration(
      directory: directory,
      workDirectory: directory + "/copies",
      processors: 2
    )
    if !Compiler.isSanitized { configuration.helper = Compiler.helper }
    change(&configuration)
    host = try RankingPluginHost(configuration)
    for fixture in fixtures where variants[""] != nil { try host.load(fixture) }
  }

  func remove() { try? FileManager.default.removeItem(atPath: directory) }

  /// A profile of one stage.
  func profile(
    _ plugin: String,
    _ isolation: StageIsolation,
    budget: Int = 50_000,
    change: (inout RankingStage) -> Void = { _ in }
  ) throws -> PreparedProfile {
    var stage = RankingStage(plugin: plugin)
    stage.isolation = isolation
    stage.budgetMicroseconds = budget
    change(&stage)
    var profile = RankingProfile(name: "test", stages: [stage])
    profile.budgetMicroseconds = budget
    return try host.prepare(profile)
  }
}

/// Builds shared objects from the fixtures.
enum Compiler {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path
  /// Whether the tests run by Scripts/sanitize.
  static let isSanitized = ProcessInfo.processInfo.environment["MARTLET_SANITIZER"] != nil
  static let fixtures = root + "/Tests/RankingPluginHostTests/Fixtures"

  /// The command that serves as a helper process: the program built beside the tests.
  static let helper: [String] = {
    let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return [(tests as NSString).deletingLastPathComponent + "/martlet", "plugin-helper"]
  }()

  static func build(_ fixture: String, to path: String, _ flags: [String] = []) throws {
    let isCPlusPlus = FileManager.default.fileExists(atPath: "\(fixtures)/\(fixture).cpp")
    let source = "\(fixtures)/\(fixture)" + (isCPlusPlus ? ".cpp" : ".c")
    try run(
      "cc",
      [
        "-shared", "-fPIC", "-O1", "-I", root + "/Sources/CRankingPlugin/include", source, "-o",
        path,
      ]
        + flags + (isCPlusPlus ? ["-lstdc++"] : [])
    )
  }

  @discardableResult
  static func run(_ command: String, _ arguments: [String]) throws -> String {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [command] + arguments
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "\(command) \(arguments): \(output)")
    return output
  }
}

/// Features that no collection has.
struct NoFeatures: FeatureSource {
  func identifiers(of keys: [UInt64]) -> TextColumn { TextColumn(keys.map { "\($0)" }) }
  func column(_ request: FeatureRequest, of keys: [UInt64]) -> FeatureColumn? { nil }
}

let go = RankingContext(text: "go")

func candidates(_ count: Int) -> RankingCandidates {
  RankingCandidates(
    keys: Array(0..<UInt64(count)),
    scores: (0..<count).map { Double(count - $0) }
  )
}

extension PreparedProfile {
  func rank(_ count: Int, _ context: RankingContext = go, explain: Bool = false) -> RankingOutcome {
    run(candidates(count), context: context, features: NoFeatures(), explain: explain)
  }
}

/// Runs `body` on several threads at once until all are done.
func concurrently(_ threads: Int, _ body: @escaping @Sendable (Int) -> Void) {
  DispatchQueue.concurrentPerform(iterations: threads, execute: body)
}

/// The value at a fraction of sorted values.
func percentile(_ values: [Double], _ fraction: Double) -> Double {
  let sorted = values.sorted()
  return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * fraction))]
}

/// How much longer than `wait` microseconds a bare sleep took: the machine's own lateness.
func oversleep(_ wait: Int) -> Double { microseconds { usleep(UInt32(wait)) } - Double(wait) }

func microseconds(_ body: () -> Void) -> Double {
  let started = DispatchTime.now().uptimeNanoseconds
  body()
  return Double(DispatchTime.now().uptimeNanoseconds - started) / 1000
}

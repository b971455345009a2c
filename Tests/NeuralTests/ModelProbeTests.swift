// SPDX-License-Identifier: Apache-2.0

import Foundation
import Neural
import TestSupport
import Testing

/// Models that are refused, each for its reason, while this process goes on.
@Suite(.serialized, .enabled(if: isInstalled)) struct ModelProbeTests {
  private func check(_ file: Data, seconds: Int = 30) throws -> String? {
    try withTemporaryDirectory { folder in
      try writeModel(file, in: folder)
      var limits = ModelProbe.Limits()
      limits.seconds = seconds
      return try refusal {
        try ModelProbe.check(folder, neural: neural, helper: probe, limits: limits)
      }
    }
  }

  @Test(arguments: ["ranker", "ranker-batch-4"])
  func goodModelsPass(_ name: String) throws { #expect(try check(try fixture(name)) == nil) }

  @Test(arguments: [
    ("nan", "no finite numbers"), ("nan-in-one-row", "(NaN)"), ("overflow", "no finite numbers"),
    ("wide-input", "model.json asks for float32 [n, 3]"),
    ("wide-output", "has the shape"), ("external", "in other files"),
    ("big-tensor", "has a tensor over 1 GiB"), ("big-when-run", "cannot be"),
  ])
  func othersAreRefused(_ name: String, _ reason: String) throws {
    let message = try check(try fixture(name))
    #expect(message?.contains(reason) == true, "\(message ?? "it was not refused")")
  }

  @Test func anEndlessModelIsEnded() throws {
    let message = try check(try fixture("endless"), seconds: 3)
    #expect(message?.contains("took over 3 s") == true, "\(message ?? "it was not refused")")
  }

  @Test func everyCutIsRefused() throws {
    let whole = try fixture("ranker")
    for count in stride(from: 0, to: whole.count, by: 9) {
      #expect(try check(whole.prefix(count)) != nil, "cut to \(count) bytes")
    }
  }

  /// A changed byte may leave a model that runs; it must never hang or end this process.
  @Test func changedBytesGiveAnAnswer() throws {
    let seed = UInt64.random(in: 0...(.max))
    var random = SeededRandom(seed: seed)
    for round in 0..<12 {
      var file = try fixture("ranker")
      for _ in 0...round % 4 {
        file[Int.random(in: 0..<file.count, using: &random)] = .random(in: 0...255, using: &random)
      }
      let message = try check(file, seconds: 20)
      #expect(message?.contains("took over") != true, "seed \(seed)")
    }
  }

  @Test func aMissingRuntimeTellsTheRemedy() throws {
    try withTemporaryDirectory { folder in
      let message = try refusal { try InferenceRuntime(NeuralDirectory(path: folder)) }
      #expect(message?.contains("Scripts/bootstrap --neural") == true)
    }
  }
}

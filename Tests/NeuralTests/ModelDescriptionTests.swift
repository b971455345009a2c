// SPDX-License-Identifier: Apache-2.0

import JSON
import Neural
import TestSupport
import Testing

@Suite struct ModelDescriptionTests {
  private static let digest = String(repeating: "0a", count: 32)

  private func described(_ changes: [JSON.Member]) -> JSON {
    let base = rankerDescription().object ?? []
    return .object(base + [JSON.Member("sha256", .string(Self.digest))] + changes)
  }

  @Test func aWholeDescriptionIsRead() throws {
    let description = try ModelDescription(
      json: described([
        JSON.Member("weight", 0.5), JSON.Member("encoder", "minilm"),
        JSON.Member(
          "normalization",
          ["price": ["mean": 3, "deviation": 2, "default": 1, "low": 0]]
        ),
      ])
    )
    #expect(description.weight == 0.5)
    #expect(description.encoder == "minilm")
    let price = try #require(FeatureName("price"))
    #expect(description.normalization[price]?.deviation == 2)
    #expect(description.normalization[price]?.missing == 1)
    #expect(description.inputs.first?.name == "features")
  }

  private static let wrong: [JSON.Member] = [
    .init("format", 2), .init("id", "../up"), .init("version", ""), .init("kind", "oracle"),
    .init("file", "../model.onnx"), .init("file", "a/b"), .init("sha256", "00"),
    .init("inputs", []), .init("inputs", [["name": "f", "columns": ["price|cube"]]]),
    .init("inputs", [["name": "f", "text": "pair"]]), .init("weight", 0), .init("weight", "1"),
    .init("normalization", ["price": ["deviation": 0]]),
    .init("linear", ["weights": ["price": 1]]),
  ]

  @Test(arguments: wrong)
  func aWrongMemberIsRefused(_ member: JSON.Member) throws {
    let message = try refusal { try ModelDescription(json: described([member])) }
    let words = ["file": "file", "inputs": "input"][member.key] ?? member.key
    #expect(message?.contains(words) == true || message?.contains("columns") == true)
  }

  /// Any JSON gives a description or a refusal.
  @Test func oddDescriptionsAreSurvived() {
    let seed = UInt64.random(in: 0...(.max))
    var random = SeededRandom(seed: seed)
    let odd: [JSON] = [
      .null, -1, 1e300, "", "x", [], [:], [.null], ["name": 3], [["name": "a", "ids": "item"]],
    ]
    var members = described([]).object ?? []
    var refused = 0
    for _ in 0..<500 {
      let place = Int.random(in: 0..<members.count, using: &random)
      let before = members[place].value
      members[place].value = odd[Int.random(in: 0..<odd.count, using: &random)]
      if (try? ModelDescription(json: .object(members))) == nil { refused += 1 }
      members[place].value = before
    }
    #expect(refused > 250, "seed \(seed)")
  }
}

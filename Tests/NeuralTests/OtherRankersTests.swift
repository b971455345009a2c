// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import Neural
import TestSupport
import Testing

/// Models that read texts or know shoppers.
@Suite(.enabled(if: isInstalled)) struct OtherRankersTests {
  private static func write(_ text: String, _ path: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  @Test func aShopperModelKnowsItsVocabulary() throws {
    let description: JSON = [
      "format": 1, "id": "ncf", "version": "1", "kind": "ncf", "file": "model.onnx",
      "inputs": [
        ["name": "shopper", "ids": "shopper"], ["name": "item", "ids": "item"],
      ],
    ]
    try withTemporaryDirectory { folder in
      try writeModel(try fixture("ncf"), description, in: folder)
      try Self.write("anna\nben\ncleo\n", folder + "/shoppers.txt")
      try Self.write("lamp\nchair\nsofa\n", folder + "/items.txt")
      let ranker = try ShopperRanker(
        ModelDirectory(path: folder),
        runtime: try InferenceRuntime(neural)
      )
      let items = ["chair", nil, "lamp", "sofa", "unheard of"]
      #expect(try ranker.scores(shopper: "anna", items: items) == [3, 0, 1, 5, 0])
      #expect(try ranker.scores(shopper: "ben", items: items) == [4, 0, 2, 6, 0])
      let many = (0..<77).map { ["lamp", "chair", "sofa"][$0 % 3] }
      let scores = try ranker.scores(shopper: "cleo", items: many)
      #expect(scores == (0..<77).map { [3, 7, 11][$0 % 3] })
      #expect(ranker.knows("anna"))
      #expect(!ranker.knows("dora"))
    }
  }

  @Test func aPairModelReadsQueryAndText() throws {
    let description: JSON = [
      "format": 1, "id": "pairs", "version": "1", "kind": "pairs", "file": "model.onnx",
      "fields": ["title"], "tokens": ["vocabulary": "vocab.txt", "max_length": 16],
      "inputs": [
        ["name": "ids", "text": "pair", "part": "ids"],
        ["name": "mask", "text": "pair", "part": "mask"],
        ["name": "types", "text": "pair", "part": "types"],
      ],
    ]
    try withTemporaryDirectory { folder in
      try writeModel(try fixture("pairs"), description, in: folder)
      try Self.write("[PAD]\n[UNK]\n[CLS]\n[SEP]\nred\nlamp\nblue\nchair\n", folder + "/vocab.txt")
      let ranker = try PairRanker(
        ModelDirectory(path: folder),
        runtime: try InferenceRuntime(neural)
      )
      // Tokens of the text, and its separator, have type 1.
      let texts = ["blue chair", "lamp", "", "red table chair"]
      let one: [Float] = [300 + 400 + 3, 200 + 2, 1, 100 + 10 + 400 + 4].map { $0 + 300 }
      #expect(try ranker.scores(query: "red lamp", texts: texts) == one)
      let many = (0..<45).map { texts[$0 % 4] }
      #expect(try ranker.scores(query: "Red LAMP", texts: many) == (0..<45).map { one[$0 % 4] })
    }
  }
}

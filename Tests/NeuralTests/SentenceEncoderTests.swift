// SPDX-License-Identifier: Apache-2.0

import Foundation
import Neural
import Testing

/// With the default encoder, where it is installed.
@Suite struct SentenceEncoderTests {
  private static let directory = NeuralDirectory(
    path: ProcessInfo.processInfo.environment["MARTLET_NEURAL_DIR"]
      ?? NSHomeDirectory() + "/.local/share/martlet/neural"
  )
  private static let isInstalled = FileManager.default.fileExists(
    atPath: directory.models + "/minilm/model.json"
  )

  @Test(.enabled(if: isInstalled)) func textsOfOneMeaningAreNear() throws {
    let model = try ModelDirectory(path: Self.directory.models + "/minilm")
    let encoder = try SentenceEncoder(
      directory: model,
      runtime: InferenceRuntime(Self.directory)
    )
    let texts = [
      "wireless mouse", "cordless computer mouse", "garden hose 20 m", "",
      String(repeating: "long ", count: 5000),
    ]
    let vectors = try encoder.encode(texts)
    func product(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    for vector in vectors {
      #expect(vector.count == encoder.dimension)
      #expect(abs(product(vector, vector) - 1) < 1e-4)
    }
    #expect(product(vectors[0], vectors[1]) > product(vectors[0], vectors[2]) + 0.2)
    // Alone or in a batch, a text's vector is nearly the same: int8 activations share their scale.
    for (text, vector) in zip(texts, vectors) {
      let alone = try encoder.vector(of: text)
      #expect(product(alone, vector) > 0.98, "\(text.prefix(20))")
      #expect(try encoder.vector(of: text) == alone)
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import Ranking
import RankingPluginHost
import Testing

extension HostTests {
  /// Plugins built with released versions of the interface.
  ///
  /// The files are never built again: each
  /// later host must load them as they are.
  @Suite("Plugins built long ago")
  struct BinaryTests {
    #if arch(x86_64)
    @Test("Samples of version 1.0 load and rank", arguments: StageIsolation.all)
    func samples(isolation: StageIsolation) throws {
      let bench = try PluginBench([])
      defer { bench.remove() }
      let kept = Compiler.root + "/Tests/RankingPluginHostTests/Binaries/abi-1.0"
      for name in ["margin", "recency"] {
        let path = "\(bench.directory)/\(name).so"
        try FileManager.default.copyItem(atPath: "\(kept)/\(name).so", toPath: path)
        chmod(path, 0o755)
        try bench.host.load(name)
      }
      let source = SampleFeatures()
      let context = RankingContext(text: "", unixMilliseconds: 1_700_000_000_000)
      let margin = try bench.profile("margin", isolation) { $0.config = ["weight": 1] }
        .run(candidates(3), context: context, features: source, explain: true)
      #expect(margin.scores == [1.5, 4, 1])
      #expect(margin.order == [1, 0, 2])
      #expect(margin.explanations[0].last?.reason == "lowered because it is sold out")
      let recency = try bench.profile("recency", isolation) { $0.config = ["boost": 1] }
        .run(candidates(3), context: context, features: source)
      #expect(recency.scores == [3, 2 * 2, 1.5])
      #expect(
        bench.host.statuses.map { $0.json["id"]?.string } == [
          "org.martlet.margin", "org.martlet.recency",
        ]
      )
    }
    #endif
  }
}

/// Three products: sold out; with a margin and new; a half-life old.
private struct SampleFeatures: FeatureSource {
  func identifiers(of keys: [UInt64]) -> TextColumn { TextColumn() }

  func column(_ request: FeatureRequest, of keys: [UInt64]) -> FeatureColumn? {
    switch request.name {
    case "margin": .numbers([.nan, 1, 0])
    case "stock": .numbers([0, 5, .nan])
    case "published_at": .numbers([.nan, 1_700_000_000, 1_700_000_000 - 30 * 86400])
    default: nil
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
//
// Trained models as a ranking plugin, on the public interface like anybody's.

import Neural
import RankingPluginKit

/// Ranks by a trained model.
final class NeuralPlugin: RankingPlugin {
  static var descriptor: PluginDescriptor {
    PluginDescriptor(id: "org.martlet.neural", version: "1.0.0")
  }

  init(host: PluginHost) throws {}

  func rank(
    _ query: PluginQuery,
    _ candidates: PluginCandidates,
    into output: PluginOutput
  ) throws -> Int { candidates.count }
}

/// The one symbol that the server looks for.
@c(ranking_plugin_entry)
public func entry() -> UnsafeRawPointer { export(NeuralPlugin.self) }

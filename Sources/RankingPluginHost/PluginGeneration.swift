// SPDX-License-Identifier: Apache-2.0

internal import CRankingPlugin
internal import Ranking

/// One load of a plugin's file.
final class PluginGeneration: Sendable {
  /// From 1, one more with each load of this plugin.
  let number: Int
  let file: PluginFile
  let description: PluginDescription

  init(number: Int, file: PluginFile, description: PluginDescription) {
    self.number = number
    self.file = file
    self.description = description
  }

  /// Whether all workers may call one instance.
  var isConcurrent: Bool { description.threads == RP_THREADS_CONCURRENT }

  /// What a stage needs whose instances asked for the given columns.
  func needs(columns: [FeatureRequest]) -> StageNeeds {
    var needs = StageNeeds()
    needs.columns = columns
    needs.identifiers = description.needs & RP_NEEDS_IDS != 0
    needs.shopper = description.needs & RP_NEEDS_SHOPPER != 0
    return needs
  }

  /// The number of workers that the plugin's thread rule allows, out of those wanted.
  func workers(_ wanted: Int) -> Int {
    description.threads == RP_THREADS_SERIALIZED ? 1 : max(1, wanted)
  }
}

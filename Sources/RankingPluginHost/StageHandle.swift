// SPDX-License-Identifier: Apache-2.0

internal import JSON
internal import Ranking

/// What tells one use of a plugin from another: stages that agree in it share workers.
struct StageKey: Hashable {
  let plugin: String
  let config: [UInt8]
  let isolation: StageIsolation

  init(_ stage: RankingStage) {
    plugin = stage.plugin
    config = stage.config.serialized(sortedKeys: true)
    isolation = stage.isolation
  }
}

/// One use of a plugin, held by the profiles that have it.
///
/// Its workers change with each reload.
final class StageHandle: Sendable {
  let key: StageKey
  private let host: RankingPluginHost

  init(key: StageKey, host: RankingPluginHost) {
    self.key = key
    self.host = host
  }

  deinit { host.release(ObjectIdentifier(self)) }
}

/// A stage's runner for one query: the workers of the generation that was current at its start.
struct PooledStage: StageRunner {
  let pool: WorkerPool

  var needs: StageNeeds { pool.needs }
  var version: String { pool.generation.description.version }
  var generation: Int { pool.generation.number }
  func reason(_ code: UInt32) -> String? { pool.generation.description.reasons[code] }
  func run(_ input: StageInput) -> StageOutput { pool.run(input) }
}

/// A stage whose plugin is disabled or cannot run.
struct DisabledStage: StageRunner {
  var message = "The plugin is disabled or not loaded."
  var needs: StageNeeds { StageNeeds() }
  var version: String { "" }
  var generation: Int { 0 }
  func reason(_ code: UInt32) -> String? { nil }
  func run(_ input: StageInput) -> StageOutput {
    StageOutput(status: .skipped, message: message)
  }
}

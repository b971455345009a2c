// SPDX-License-Identifier: Apache-2.0

public import JSON
internal import Ranking

/// A loaded plugin and what it has done.
public struct PluginStatus: Equatable, Sendable {
  /// The plugin's name.
  public let name: String
  /// The plugin as JSON: name, id, version, abi_minor, sha256, generation, previous_generation,
  /// loads, state, late_calls_running, images, and for each use its configuration, isolation,
  /// breaker, counters and histogram.
  public let json: JSON

  init(
    _ name: String,
    _ entry: RankingPluginHost.PluginEntry,
    _ stages: [StageStatistics],
    images: Int
  ) {
    self.name = name
    let current = entry.current
    json = [
      "name": .string(name), "id": .string(current.description.id),
      "version": .string(current.description.version),
      "abi_minor": .int(Int64(current.description.abiMinor)),
      "sha256": .string(current.file.sha256), "generation": .int(Int64(current.number)),
      "previous_generation": entry.previous.map { .int(Int64($0.number)) } ?? .null,
      "loads": .int(Int64(entry.loads)), "state": entry.isDisabled ? "disabled" : "enabled",
      "late_calls_running": .int(Int64(entry.late.count)),
      "images": .int(Int64(images)),
      "stages": .array(stages.map(\.json)),
    ]
  }
}

/// What one use of a plugin has done since its generation was loaded.
struct StageStatistics {
  let json: JSON

  init(_ key: StageKey, _ pool: WorkerPool) {
    let counts = pool.metrics.snapshot
    let statuses = counts.byStatus.sorted { $0.key.rawValue < $1.key.rawValue }
    let bounds = StageMetrics.bounds.map { "\($0)" } + ["+Inf"]
    json = [
      "config": (try? JSON(parsing: key.config)) ?? .null,
      "isolation": .string(key.isolation.rawValue),
      "generation": .int(Int64(pool.generation.number)),
      "breaker": .string(pool.breaker.state.rawValue),
      "breaker_changes": .int(Int64(pool.breaker.changes)),
      "late_calls": .int(Int64(pool.lateCalls)),
      "allocated_bytes": .int(pool.allocatedBytes),
      "calls": .object(statuses.map { JSON.Member($0.key.rawValue, .int(Int64($0.value))) }),
      "took_us_total": .int(Int64(counts.microseconds)),
      "took_us_buckets": .object(
        zip(bounds, counts.buckets).map { JSON.Member($0, .int(Int64($1))) }
      ),
      "plugin_metrics": .object(
        pool.pluginMetrics.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .double($0.value)) }
      ),
    ]
  }
}

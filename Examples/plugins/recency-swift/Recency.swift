// SPDX-License-Identifier: Apache-2.0
//
// Lifts new products: a product's score grows by up to `boost` (0.2 is a fifth), half of that at
// `half_life_days`, and so on. Products without a date keep their score.

import Foundation
import RankingPluginKit

final class Recency: RankingPlugin {
  static var descriptor: PluginDescriptor {
    var descriptor = PluginDescriptor(id: "org.martlet.recency", version: "1.0.0")
    descriptor.reasons = [1: "lifted because it is new"]
    return descriptor
  }

  private struct Configuration: Decodable {
    var field: String?
    var boost: Double?
    var half_life_days: Double?
  }

  private let published: NumberColumn
  private let boost: Double
  private let halfLife: Double

  init(host: PluginHost) throws {
    let configuration = try host.configuration(as: Configuration.self)
    published = try host.numbers(configuration.field ?? "published_at")
    boost = configuration.boost ?? 0.2
    halfLife = configuration.half_life_days ?? 30
    guard halfLife > 0 else { throw PluginFailure("half_life_days must be above 0.") }
  }

  func rank(
    _ query: PluginQuery,
    _ candidates: PluginCandidates,
    into output: PluginOutput
  ) throws -> Int {
    let now = Double(query.unixMilliseconds) / 1000
    for (candidate, time) in candidates[published].enumerated() where !time.isNaN {
      let days = max(0, now - time) / 86400
      let lift = 1 + boost * exp2(-days / halfLife)
      output.scores[candidate] = candidates.scores[candidate] * lift
      if lift > 1 + boost / 2 { output.explain(candidate, 1) }
    }
    return candidates.count
  }
}

/// The one symbol that the server looks for.
@c(ranking_plugin_entry)
public func entry() -> UnsafeRawPointer { export(Recency.self) }

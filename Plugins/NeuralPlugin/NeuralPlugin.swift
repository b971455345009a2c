// SPDX-License-Identifier: Apache-2.0
//
// Trained models as a ranking plugin, on the public interface like anybody's. The models are opened
// and run once before the first query, on one thread for each worker.

import Neural
import RankingPluginKit

/// Ranks by a trained model.
final class NeuralPlugin: AttributingPlugin {
  static var descriptor: PluginDescriptor {
    var descriptor = PluginDescriptor(id: "org.martlet.neural", version: "1.0.0")
    descriptor.needsIdentifiers = true
    descriptor.needsShopper = true
    // Features are relative to the other candidates; the model's batches are chosen here.
    descriptor.needsWholeBatch = true
    return descriptor
  }

  /// What the part of a score is called that is not the model's.
  private static let relevance = "recall_score|share"

  private struct Configuration: Decodable {
    /// What Scripts/bootstrap --neural installed.
    var directory: String?
    /// A model's directory under models/; the ranker in use unless told.
    var model: String?
  }

  private let host: PluginHost
  private let model: any CandidateModel
  private let weight: Double
  /// What a step of the model takes.
  private var pace = Pace()

  init(host: PluginHost) throws {
    self.host = host
    let configuration = try host.configuration(as: Configuration.self)
    guard let path = configuration.directory else {
      throw PluginFailure("Give `directory`, where 'Scripts/bootstrap --neural' installed models.")
    }
    let models = Models(NeuralDirectory(path: path))
    do {
      let directory = try models.directory(named: configuration.model)
      weight = Double(directory.description.weight)
      model = try models.open(directory, host)
    } catch let error as NeuralError {
      throw PluginFailure(error.message)
    }
  }

  func begin(_ query: PluginQuery) throws -> AnyObject? { try model.begin(query, host) }

  func rank(
    _ query: PluginQuery,
    _ candidates: PluginCandidates,
    into output: PluginOutput
  ) throws -> Int {
    let count = candidates.count
    let best = max(1e-9, candidates.recallScores.max() ?? 0)
    let batch = try model.prepare(query, candidates)
    var done = 0
    while done < count {
      let step = min(batch.step(pace.timeLeft(until: query.deadline)), count - done)
      // The first step is tried in any case: only a run can show that a slow model is fast again.
      guard !query.isOver, done == 0 || pace.allows(step, until: query.deadline) else { break }
      let started = Pace.now
      let scores = try batch.scores(done..<done + step)
      pace.note(step, since: started)
      for (offset, score) in scores.enumerated() {
        let candidate = done + offset
        let text = candidates.recallScores[candidate] / best
        output.scores[candidate] = weight * Double(score) + (1 - weight) * text
      }
      done += step
    }
    return done
  }

  func attribute(
    _ query: PluginQuery,
    _ candidates: PluginCandidates,
    into output: AttributionOutput
  ) throws -> Int {
    let places = output.candidates.map(Int.init)
    guard let found = try model.attributions(query, candidates, places) else { return 0 }
    // What is not the model's part of the score is text relevance, which is linear.
    let (share, best) = (1 - weight, max(1e-9, candidates.recallScores.max() ?? 0))
    let mean = candidates.recallScores.reduce(0, +) / Double(max(1, candidates.count)) / best
    let known = found.features.firstIndex(of: Self.relevance)
    let relevance = known ?? found.features.count
    output.setFeatures(found.features + (share > 0 && known == nil ? [Self.relevance] : []))
    output.set(
      baseline: weight * found.attributions.baseline + share * mean,
      samples: found.attributions.samples
    )
    for (index, values) in found.attributions.values.enumerated() {
      let target = output.values(index)
      for (feature, value) in values.prefix(output.capacity).enumerated() {
        target[feature] = weight * value
      }
      guard share > 0, relevance < output.capacity else { continue }
      target[relevance] += share * (candidates.recallScores[places[index]] / best - mean)
    }
    return found.attributions.values.count
  }
}

/// The one symbol that the server looks for.
@c(ranking_plugin_entry)
public func entry() -> UnsafeRawPointer { export(NeuralPlugin.self) }

// SPDX-License-Identifier: Apache-2.0

import Neural
import RankingPluginKit

/// A model of some kind, ready to score candidates.
protocol CandidateModel: AnyObject {
  /// What a query needs before its candidates are looked at.
  func begin(_ query: PluginQuery, _ host: PluginHost) throws -> AnyObject?
  /// Gathers what the model takes of all candidates.
  func prepare(_ query: PluginQuery, _ candidates: PluginCandidates) throws -> any CandidateBatch
  /// What each feature adds to the scores of some candidates; nil where the model has no features.
  func attributions(
    _ query: PluginQuery,
    _ candidates: PluginCandidates,
    _ explained: [Int]
  ) throws -> (features: [String], attributions: ScoreAttributions)?
}

extension CandidateModel {
  func attributions(
    _ query: PluginQuery,
    _ candidates: PluginCandidates,
    _ explained: [Int]
  ) throws -> (features: [String], attributions: ScoreAttributions)? { nil }

  func begin(_ query: PluginQuery, _ host: PluginHost) throws -> AnyObject? { nil }
}

/// One query's candidates as a model takes them.
protocol CandidateBatch {
  /// How many candidates are best scored in one step, with so many nanoseconds left.
  func step(_ nanoseconds: Double) -> Int
  /// The scores of candidates.
  func scores(_ range: Range<Int>) throws -> [Float]
}

/// Opens models of a neural directory, and runs each before the first query does.
struct Models {
  private let neural: NeuralDirectory

  init(_ neural: NeuralDirectory) { self.neural = neural }

  /// The directory of a model, of the ranker in use for nil.
  func directory(named name: String?) throws(NeuralError) -> ModelDirectory {
    if let name { return try ModelDirectory(path: try neural.path(ofModel: name)) }
    guard let active = try neural.model(.ranker) else {
      throw NeuralError("No ranker is in use: see \(neural.activeFile).")
    }
    return active
  }

  /// Opens a model.
  func open(
    _ directory: ModelDirectory,
    _ host: PluginHost
  ) throws -> any CandidateModel {
    switch directory.description.kind {
    case .ranker: return try FeatureModel(directory, neural, host)
    case .ncf: return try ShopperModel(directory, neural)
    case .pairs: return try PairModel(directory, neural, host)
    case .encoder:
      throw NeuralError(
        "The model `\(directory.description.id)` is an encoder and gives no scores."
      )
    }
  }
}

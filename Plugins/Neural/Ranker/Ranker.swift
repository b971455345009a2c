// SPDX-License-Identifier: Apache-2.0

/// A ranker ready to score rows of features; one call at a time.
public final class Ranker {
  /// The rows that are scored at once where the file leaves their number free: large enough that
  /// the cost of a run counts little, small enough that the time is looked at often.
  static let batch = 32

  /// What the model says of itself.
  public let description: ModelDescription
  /// Makes the rows.
  public let assembly: FeatureAssembly

  private enum Scoring {
    case linear(bias: Float, weights: [Float])
    case file(InferenceModel, output: Int)
  }
  private let scoring: Scoring

  /// Opens a ranker.
  ///
  /// - Parameters:
  ///   - directory: A model of kind ranker.
  ///   - runtime: Runs its file; asked for only if there is one.
  /// - Throws: ``NeuralError`` if the model is of another kind or cannot be opened.
  public init(
    _ directory: ModelDirectory,
    runtime: () throws(NeuralError) -> InferenceRuntime
  ) throws(NeuralError) {
    description = directory.description
    guard description.kind == .ranker else {
      throw NeuralError(
        "The model `\(description.id)` is of kind \(description.kind.rawValue), not ranker."
      )
    }
    if let linear = description.linear {
      scoring = .linear(bias: linear.bias, weights: linear.weights.map(\.weight))
      assembly = FeatureAssembly(
        linear.weights.map(\.feature),
        normalization: description.normalization
      )
      return
    }
    guard case .columns(let features)? = description.inputs.first?.content else {
      throw NeuralError("The ranker `\(description.id)` has no input of `columns`.")
    }
    assembly = FeatureAssembly(features, normalization: description.normalization)
    var options = InferenceOptions()
    options.batch = Self.batch
    let model = try runtime().load(directory, options: options)
    scoring = .file(model, output: try model.index(ofOutput: description.output))
  }

  /// The weights in the order of ``FeatureAssembly/features``; nil unless the model is linear.
  public var linearWeights: [Float]? {
    if case .linear(_, let weights) = scoring { weights } else { nil }
  }

  /// The number of rows that are scored as fast as one: the size of a batch.
  public var step: Int {
    switch scoring {
    case .linear: .max
    case .file(let model, _): model.inputs[0].shape[0] ?? Self.batch
    }
  }

  /// Scores rows of features.
  ///
  /// - Parameter rows: As ``FeatureAssembly/rows(_:)`` makes them, whole rows.
  /// - Returns: A finite score for each row.
  /// - Throws: ``NeuralError`` if the model fails or gives no finite number.
  public func scores(_ rows: ArraySlice<Float>) throws(NeuralError) -> [Float] {
    let width = assembly.features.count
    let count = rows.count / width
    var scores: [Float] = []
    switch scoring {
    case .linear(let bias, let weights):
      scores = (0..<count).map { row in
        let start = rows.startIndex + row * width
        return weights.indices.reduce(bias) { $0 + weights[$1] * rows[start + $1] }
      }
    case .file(let model, let output):
      scores.reserveCapacity(count)
      let step = self.step
      for first in stride(from: 0, to: count, by: step) {
        let size = min(step, count - first)
        let start = rows.startIndex + first * width
        var batch = Array(rows[start..<start + size * width])
        batch.append(contentsOf: repeatElement(0, count: (step - size) * width))
        let result = try model.run([Tensor(batch, shape: [step, width])], output: output)
        guard result.count == step else {
          throw NeuralError("The model gave \(result.count) scores for \(step) candidates.")
        }
        scores.append(contentsOf: result.floats.prefix(size))
      }
    }
    guard scores.allSatisfy(\.isFinite) else {
      throw NeuralError("The model `\(description.id)` gave a score that is no finite number.")
    }
    return scores
  }
}

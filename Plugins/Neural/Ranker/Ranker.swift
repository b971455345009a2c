// SPDX-License-Identifier: Apache-2.0

internal import Dispatch

/// A ranker ready to score rows of features; one call at a time.
public final class Ranker {
  /// The rows that are scored at once where the file leaves their number free, and the model is fast
  /// enough: so many that the cost of a run counts little.
  static let batch = 32
  /// A run may take so many nanoseconds, or fewer rows are scored at once: between runs the time is
  /// looked at.
  private static let longestRun: UInt64 = 1_000_000

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
    let model = try Self.open(directory, try runtime(), features.count)
    scoring = .file(model, output: try model.index(ofOutput: description.output))
  }

  /// Opens a file for as many rows at once as are scored in the longest run; it has been run then.
  private static func open(
    _ directory: ModelDirectory,
    _ runtime: InferenceRuntime,
    _ width: Int
  ) throws(NeuralError) -> InferenceModel {
    var options = InferenceOptions()
    options.batch = batch
    while true {
      let model = try runtime.load(directory, options: options)
      let output = try model.index(ofOutput: directory.description.output)
      let rows = model.inputs[0].shape[0] ?? batch
      let zeros = Tensor([Float](repeating: 0, count: rows * width), shape: [rows, width])
      var times: [UInt64] = []
      for _ in 0..<5 {
        let started = DispatchTime.now().uptimeNanoseconds
        _ = try model.run([zeros], output: output)
        times.append(DispatchTime.now().uptimeNanoseconds - started)
      }
      // A file may fix the number itself.
      let size = options.batch ?? batch
      guard times.sorted()[1] > longestRun, size > 2, rows == size else { return model }
      options.batch = size / 4
    }
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

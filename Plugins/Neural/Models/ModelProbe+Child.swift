// SPDX-License-Identifier: Apache-2.0

internal import CPluginRuntime
internal import Foundation
internal import JSON

extension ModelProbe {
  /// The child: looks at a model and writes what it finds to descriptor 3.
  ///
  /// - Parameter words: The neural directory, the model's directory, the memory limit in bytes.
  /// - Returns: The status to exit with.
  public static func serve(_ words: [String]) -> Int32 {
    guard words.count == 3, let memory = UInt64(words[2]) else { return 2 }
    let answer: JSON
    if let problem = martlet_sandbox(memory) {
      answer = ["refused": .string("The check cannot be confined: \(String(cString: problem)).")]
    } else {
      answer = look(NeuralDirectory(path: words[0]), words[1])
    }
    let bytes = answer.serialized()
    return bytes.withUnsafeBytes { write(3, $0.baseAddress, $0.count) } == bytes.count ? 0 : 1
  }

  private static func look(_ neural: NeuralDirectory, _ path: String) -> JSON {
    do throws(NeuralError) {
      let directory = try ModelDirectory(path: path)
      let runtime = try InferenceRuntime(neural)
      let started = martlet_now()
      var options = InferenceOptions()
      if directory.description.kind != .encoder { options.batch = Ranker.batch }
      let model = try runtime.load(directory, options: options)
      let loaded = martlet_now()
      let trial = ModelTrial(model, directory.description)
      let microseconds = try trial.run()
      return [
        "load_ms": .double(Double(loaded - started) / 1e6), "run_us": .double(microseconds),
      ]
    } catch {
      return ["refused": .string(error.message)]
    }
  }
}

/// Runs of a model on odd and ordinary inputs.
struct ModelTrial {
  private let model: InferenceModel
  private let description: ModelDescription

  init(_ model: InferenceModel, _ description: ModelDescription) {
    self.model = model
    self.description = description
  }

  /// Runs the model.
  ///
  /// - Returns: The median time of a run in microseconds.
  /// - Throws: ``NeuralError`` if an output has another shape than stated, is not finite, or differs
  ///   for equal inputs.
  func run() throws(NeuralError) -> Double {
    let output = try model.index(ofOutput: description.output)
    // Zeros, ones, a spread around zero, and values as far out as normalization lets through.
    for scale: Float in [0, 1, 3, 100] {
      let tensors = model.inputs.map { tensor(for: $0, scale) }
      let first = try model.run(tensors, output: output)
      try check(first)
      guard try model.run(tensors, output: output) == first else {
        throw NeuralError("The model is refused: equal inputs gave different outputs.")
      }
    }
    let tensors = model.inputs.map { tensor(for: $0, 1) }
    var times: [UInt64] = []
    for _ in 0..<11 {
      let started = martlet_now()
      _ = try model.run(tensors, output: output)
      times.append(martlet_now() - started)
    }
    return Double(times.sorted()[5]) / 1e3
  }

  private func check(_ tensor: Tensor) throws(NeuralError) {
    guard tensor.floats.allSatisfy(\.isFinite) else {
      throw NeuralError(
        "The model is refused: its output has values that are no finite numbers, which weights that "
          + "are NaN or too large give."
      )
    }
    let wanted =
      description.kind == .encoder
      ? [rows] + (description.pooling == .none ? [] : [length]) + [description.dimension]
      : [rows]
    let shape =
      description.kind != .encoder && tensor.shape.last == 1 && tensor.shape.count == 2
      ? Array(tensor.shape.dropLast()) : tensor.shape
    guard shape == wanted else {
      throw NeuralError(
        "The model is refused: its output has the shape \(tensor.shape) for an input of \(rows) rows."
      )
    }
  }

  private var rows: Int { model.inputs.first?.shape.first.flatMap { $0 } ?? 1 }
  private var length: Int {
    model.inputs.lazy.compactMap { $0.shape.count > 1 ? $0.shape[1] : nil }.first ?? 8
  }

  private func tensor(for port: Port, _ scale: Float) -> Tensor {
    let width = port.shape.count > 1 ? port.shape[1] ?? columns(of: port) : 1
    let shape = port.shape.count > 1 ? [rows, width] : [rows]
    let count = rows * width
    guard port.element != .float32 else {
      // A fixed spread, alike in every run: -scale to scale.
      let spread = (0..<count).map { Float(($0 * 7919) % 2001) / 1000 - 1 }
      return Tensor(spread.map { scale <= 1 ? scale : $0 * scale }, shape: shape)
    }
    // Numbers that every vocabulary has, and a mask of ones.
    let content = description.inputs.first { $0.name == port.name }?.content
    if case .text(.mask, _)? = content {
      return Tensor([Int64](repeating: 1, count: count), shape: shape)
    }
    if case .text(.types, _)? = content {
      return Tensor([Int64](repeating: 0, count: count), shape: shape)
    }
    return Tensor((0..<count).map { Int64(Float($0 % 4) * min(scale, 1)) }, shape: shape)
  }

  private func columns(of port: Port) -> Int {
    guard let input = description.inputs.first(where: { $0.name == port.name }) else {
      return length
    }
    switch input.content {
    case .columns(let columns): return columns.count
    case .text: return length
    case .ids: return 1
    }
  }
}

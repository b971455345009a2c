// SPDX-License-Identifier: Apache-2.0

/// Scores products for a shopper; one call at a time.
///
/// Source: He et al., Neural Collaborative Filtering, 2017.
public final class ShopperRanker {
  /// Products of one run.
  public static let batch = 32

  /// What the model says of itself.
  public let description: ModelDescription
  private let network: InferenceModel
  private let subjects: [ModelInput.Subject]
  private let output: Int
  private let shoppers: [String: Int64]
  private let items: [String: Int64]

  /// Opens a model of kind ncf.
  ///
  /// - Throws: ``NeuralError`` if the model is of another kind or cannot be opened.
  public init(_ directory: ModelDirectory, runtime: InferenceRuntime) throws(NeuralError) {
    description = directory.description
    guard description.kind == .ncf else {
      throw NeuralError(
        "The model `\(description.id)` is of kind \(description.kind.rawValue), not ncf."
      )
    }
    shoppers = try Self.numbers(directory, "shoppers.txt")
    items = try Self.numbers(directory, "items.txt")
    var options = InferenceOptions()
    options.batch = Self.batch
    network = try runtime.load(directory, options: options)
    output = try network.index(ofOutput: description.output)
    var subjects: [ModelInput.Subject] = []
    for port in network.inputs {
      let content = directory.description.inputs.first { $0.name == port.name }?.content
      guard case .ids(let subject)? = content else {
        throw NeuralError("model.json does not tell what goes into `\(port.name)`.")
      }
      subjects.append(subject)
    }
    self.subjects = subjects
    _ = try scores(shopper: "", items: [nil])
  }

  private static func numbers(
    _ directory: ModelDirectory,
    _ name: String
  ) throws(NeuralError) -> [String: Int64] {
    var numbers: [String: Int64] = [:]
    let lines = try directory.read(name).split(
      separator: UInt8(ascii: "\n"),
      omittingEmptySubsequences: false
    )
    for (line, bytes) in lines.enumerated() where !bytes.isEmpty {
      numbers[String(decoding: bytes, as: UTF8.self)] = Int64(line + 1)
    }
    return numbers
  }

  /// Whether the model has seen a shopper: where it has not, its scores mean nothing.
  public func knows(_ shopper: String) -> Bool { shoppers[shopper] != nil }

  /// Scores products.
  ///
  /// - Parameters:
  ///   - shopper: The shopper's key.
  ///   - items: Products' identifiers; one that the model has not seen has number 0.
  /// - Returns: A finite score for each.
  /// - Throws: ``NeuralError`` if the model fails or gives no finite number.
  public func scores(shopper: String, items: [String?]) throws(NeuralError) -> [Float] {
    let shopper = shoppers[shopper] ?? 0
    let step = network.inputs[0].shape[0] ?? Self.batch
    var scores: [Float] = []
    for first in stride(from: 0, to: items.count, by: step) {
      let some = items[first..<min(first + step, items.count)].map {
        $0.flatMap { self.items[$0] } ?? 0
      }
      let padded = some + Array(repeating: 0, count: step - some.count)
      let tensors = zip(network.inputs, subjects).map { port, subject in
        Tensor(
          subject == .item ? padded : Array(repeating: shopper, count: step),
          shape: port.shape.count == 1 ? [step] : [step, 1]
        )
      }
      scores += try network.run(tensors, output: output).floats.prefix(some.count)
    }
    guard scores.count == items.count, scores.allSatisfy(\.isFinite) else {
      throw NeuralError("The model `\(description.id)` gave no finite number for each product.")
    }
    return scores
  }
}

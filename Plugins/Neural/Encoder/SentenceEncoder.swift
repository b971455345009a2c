// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Turns texts into vectors of unit length whose products tell how close their meanings are.
///
/// Thread-safe: runs wait for each other.
///
/// Source: Reimers and Gurevych, Sentence-BERT, 2019.
public final class SentenceEncoder: @unchecked Sendable {
  /// Elements of a vector.
  public let dimension: Int
  /// Which model made the vectors: its id and version.
  public let model: String

  private let tokenizer: WordPieceTokenizer
  private let limit: Int
  private let inputs: [ModelInput.TextPart]
  private let output: Int
  private let pooling: Pooling
  private let lock = NSLock()
  /// Under `lock`.
  private let network: InferenceModel
  private let cache: VectorCache

  /// Loads an encoder.
  ///
  /// - Parameters:
  ///   - directory: The model.
  ///   - runtime: Runs it.
  ///   - threads: Threads of one run, 1 or more.
  ///   - cached: Vectors kept for ``vector(of:)``.
  /// - Throws: ``NeuralError`` if it is no encoder, or its file, vocabulary and description do not
  ///   belong together.
  public init(
    directory: ModelDirectory,
    runtime: InferenceRuntime,
    threads: Int = 1,
    cached: Int = 4096
  ) throws(NeuralError) {
    let description = directory.description
    guard description.kind == .encoder else {
      throw NeuralError(
        "The model \(description.id) is no encoder: its kind is \(description.kind)."
      )
    }
    tokenizer = try directory.tokenizer()
    var options = InferenceOptions()
    options.threads = max(1, threads)
    network = try runtime.load(directory, options: options)
    inputs = try directory.textParts(of: network, isPair: false)
    output = try network.index(ofOutput: description.output)
    limit = description.tokens.maxLength
    pooling = description.pooling
    dimension = description.dimension
    model = description.id + "@" + description.version
    cache = VectorCache(capacity: cached)
  }

  /// A short text's vector, from the cache if it was asked for lately.
  public func vector(of text: String) throws(NeuralError) -> [Float] {
    if let known = cache[text] { return known }
    let vector = try encode([text])[0]
    cache.insert(vector, of: text)
    return vector
  }

  /// Texts' vectors, of ``dimension`` elements and unit length each.
  ///
  /// Texts are cut at the model's most tokens.
  ///
  /// - Throws: ``NeuralError`` if the model fails or gives numbers that are not finite.
  public func encode(_ texts: [String]) throws(NeuralError) -> [[Float]] {
    let tokens = texts.map { tokenizer.tokens(of: $0, limit: limit) }
    var vectors = [[Float]](repeating: [], count: texts.count)
    for batch in TokenBatch.group(tokens) {
      let (ids, mask, types) = batch.tensors(tokens, padding: tokenizer.vocabulary.padding)
      let tensors = inputs.map { part in
        switch part {
        case .ids: ids
        case .mask: mask
        case .types: types
        }
      }
      let result = try run(tensors)
      try check(result.shape, batch)
      for (place, row) in batch.rows.enumerated() {
        vectors[row] = try unit(
          pool(result.floats, row: place, length: batch.length, used: tokens[row].count)
        )
      }
    }
    return vectors
  }

  private func run(_ tensors: [Tensor]) throws(NeuralError) -> Tensor {
    lock.lock()
    defer { lock.unlock() }
    return try network.run(tensors, output: output)
  }

  private func check(_ shape: [Int], _ batch: TokenBatch) throws(NeuralError) {
    let wanted =
      pooling == .none
      ? [batch.rows.count, dimension] : [batch.rows.count, batch.length, dimension]
    guard shape == wanted else {
      throw NeuralError("The encoder gave the shape \(shape) where \(wanted) was expected.")
    }
  }

  /// The mean over the tokens that are no padding, the first token's, or the row itself.
  private func pool(_ floats: [Float], row: Int, length: Int, used: Int) -> [Float] {
    if pooling == .none { return Array(floats[(row * dimension)..<((row + 1) * dimension)]) }
    let start = row * length * dimension
    var sum = Array(floats[start..<(start + dimension)])
    guard pooling == .mean else { return sum }
    floats.withUnsafeBufferPointer { floats in
      for token in 1..<max(1, used) {
        let from = start + token * dimension
        for index in 0..<dimension { sum[index] += floats[from + index] }
      }
    }
    return sum
  }

  private func unit(_ vector: [Float]) throws(NeuralError) -> [Float] {
    let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard length.isFinite, length > 0 else {
      throw NeuralError("The encoder \(model) gave a vector that has no direction: do not use it.")
    }
    return vector.map { $0 / length }
  }
}

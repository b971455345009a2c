// SPDX-License-Identifier: Apache-2.0

/// Scores a query and a document's text together, read by one model; one call at a time.
///
/// Source: Nogueira and Cho, Passage Re-ranking with BERT, 2019.
public final class PairRanker {
  /// Pairs of one run at most.
  public static let batch = 16
  /// Lengths are rounded up to a multiple, so that few shapes occur and all are known after warm-up.
  private static let lengthStep = 16

  /// What the model says of itself.
  public let description: ModelDescription
  private let tokenizer: WordPieceTokenizer
  private let network: InferenceModel
  private let parts: [ModelInput.TextPart]
  private let output: Int

  /// Opens a model of kind pairs, and runs it once in each shape that can occur.
  ///
  /// - Throws: ``NeuralError`` if the model is of another kind or cannot be opened or run.
  public init(_ directory: ModelDirectory, runtime: InferenceRuntime) throws(NeuralError) {
    description = directory.description
    guard description.kind == .pairs else {
      throw NeuralError(
        "The model `\(description.id)` is of kind \(description.kind.rawValue), not pairs."
      )
    }
    tokenizer = try directory.tokenizer()
    network = try runtime.load(directory)
    output = try network.index(ofOutput: description.output)
    parts = try directory.textParts(of: network, isPair: true)
    try warmUp()
  }

  private func warmUp() throws(NeuralError) {
    for length in stride(from: Self.lengthStep, through: longest, by: Self.lengthStep) {
      var count = 1
      while count <= Self.batch {
        let row = [Int32](repeating: tokenizer.vocabulary.padding, count: length)
        _ = try run(Array(repeating: (row, row.map { _ in 0 }), count: count), length: length)
        count *= 2
      }
    }
  }

  private var longest: Int { Self.rounded(description.tokens.maxLength) }

  private static func rounded(_ length: Int) -> Int {
    (length + lengthStep - 1) / lengthStep * lengthStep
  }

  /// The greatest power of two that is no more than a number of pairs, and at most ``batch``.
  public static func size(_ wanted: Int) -> Int {
    var size = 1
    while size * 2 <= min(wanted, batch) { size *= 2 }
    return size
  }

  /// Scores a query with each of some texts; as many as ``size(_:)`` gives are scored in one run.
  ///
  /// - Returns: A finite score for each text.
  /// - Throws: ``NeuralError`` if the model fails or gives no finite number.
  public func scores(query: String, texts: [String]) throws(NeuralError) -> [Float] {
    let rows = texts.map {
      tokenizer.tokens(of: query, and: $0, limit: description.tokens.maxLength)
    }
    var scores: [Float] = []
    while scores.count < rows.count {
      let size = Self.size(rows.count - scores.count)
      let batch = Array(rows[scores.count..<scores.count + size])
      let length = Self.rounded(batch.map(\.tokens.count).max() ?? 1)
      scores += try run(batch, length: length)
    }
    return scores
  }

  private func run(
    _ rows: [(tokens: [Int32], types: [Int32])],
    length: Int
  ) throws(NeuralError) -> [Float] {
    let shape = [rows.count, length]
    func tensor(_ values: ((tokens: [Int32], types: [Int32])) -> [Int32], _ rest: Int32) -> Tensor {
      let numbers = rows.flatMap { row in
        let own = values(row).map(Int64.init)
        return own + Array(repeating: Int64(rest), count: length - own.count)
      }
      return Tensor(numbers, shape: shape)
    }
    let padding = tokenizer.vocabulary.padding
    let tensors = parts.map { part in
      switch part {
      case .ids: tensor({ $0.tokens }, padding)
      case .mask: tensor({ $0.tokens.map { _ in 1 } }, 0)
      case .types: tensor({ $0.types }, 0)
      }
    }
    let scores = try network.run(tensors, output: output).floats
    guard scores.count == rows.count, scores.allSatisfy(\.isFinite) else {
      throw NeuralError(
        "The model `\(description.id)` gave no finite number for each of \(rows.count) pairs."
      )
    }
    return scores
  }
}

// SPDX-License-Identifier: Apache-2.0

import Foundation

// What models that read text have in common.

extension ModelDirectory {
  /// The tokenizer with the model's vocabulary.
  ///
  /// - Throws: ``NeuralError`` if the vocabulary cannot be read.
  func tokenizer() throws(NeuralError) -> WordPieceTokenizer {
    let vocabulary = try read(description.tokens.vocabulary)
    do throws(TokenizerError) {
      return try WordPieceTokenizer(
        Vocabulary([UInt8](vocabulary)),
        isLowerCase: description.tokens.isLowerCase
      )
    } catch {
      throw NeuralError("\(path)/\(description.tokens.vocabulary): \(error)")
    }
  }

  /// What part of the tokens goes into each input of the network, in its order.
  ///
  /// `isPair`: Whether the model reads two texts at once.
  ///
  /// - Throws: ``NeuralError`` for an input that model.json does not describe so.
  func textParts(
    of network: InferenceModel,
    isPair: Bool
  ) throws(NeuralError) -> [ModelInput.TextPart] {
    var parts: [ModelInput.TextPart] = []
    for port in network.inputs {
      guard let input = description.inputs.first(where: { $0.name == port.name }),
        case .text(let part, isPair) = input.content
      else { throw NeuralError("model.json does not tell what goes into `\(port.name)`.") }
      parts.append(part)
    }
    return parts
  }
}

// SPDX-License-Identifier: Apache-2.0

public import JSON

/// What a model is for.
public enum ModelKind: String, Sendable, CaseIterable {
  /// Texts to vectors.
  case encoder
  /// Features of a candidate to a score.
  case ranker
  /// A query and a document's text to a score.
  case pairs
  /// A shopper and a product to a score.
  case ncf
}

/// What goes into one input of a model's file.
public struct ModelInput: Equatable, Sendable {
  /// A tensor of token numbers.
  public enum TextPart: String, Sendable {
    case ids
    case mask
    case types
  }
  /// Whose numbers an input takes.
  public enum Subject: String, Sendable {
    case shopper
    case item
  }
  /// The content.
  public enum Content: Equatable, Sendable {
    /// Features, in order.
    case columns([FeatureName])
    /// Tokens of a text, or where `isPair` of the query and a document's text.
    case text(TextPart, isPair: Bool)
    /// Numbers of the vocabulary of shoppers or items.
    case ids(Subject)
  }

  /// The input's name in the file.
  public var name: String
  /// What goes in.
  public var content: Content
}

/// How a feature's values are brought to the range that the model was trained on.
public struct Normalization: Equatable, Sendable {
  /// What replaces a missing value; it is not changed further.
  public var missing: Float = 0
  /// Subtracted.
  public var mean: Float = 0
  /// Divided by; above 0.
  public var deviation: Float = 1
  /// Bounds of the value before that.
  public var bounds: ClosedRange<Float> = -.greatestFiniteMagnitude ... .greatestFiniteMagnitude

  /// Creates one that changes nothing but missing values.
  public init() {}
}

/// How texts become token numbers.
public struct TokenSettings: Equatable, Sendable {
  /// The vocabulary's file, a plain name in the model's directory.
  public var vocabulary = "vocab.txt"
  /// Whether case and accents are folded first.
  public var isLowerCase = true
  /// The most tokens of a text, the special ones too; 8...512.
  public var maxLength = 128
}

/// How token vectors become a text's vector.
public enum Pooling: String, Sendable {
  case mean
  case cls
  /// The file's output is the text's vector.
  case none
}

/// A linear ranker: bias + sum of weight x feature.
public struct LinearWeights: Equatable, Sendable {
  /// Added to every score.
  public var bias: Float
  /// Features and their weights, in order of name.
  public var weights: [(feature: FeatureName, weight: Float)]

  /// Whether all numbers are equal.
  public static func == (a: LinearWeights, b: LinearWeights) -> Bool {
    a.bias == b.bias && a.weights.elementsEqual(b.weights) { $0 == $1 }
  }
}

/// `model.json`: what a model is, as Documentation/Formats/Models.md tells.
public struct ModelDescription: Equatable, Sendable {
  /// The model's name.
  public var id: String
  /// Tells its versions apart.
  public var version: String
  /// What it is for.
  public var kind: ModelKind
  /// The ONNX file, a plain name in the model's directory; nil for a linear ranker.
  public var file: String?
  /// The file's SHA-256 in lower-case hexadecimal.
  public var sha256: String?
  /// A ranker without a file.
  public var linear: LinearWeights?
  /// What goes into each input of the file.
  public var inputs: [ModelInput] = []
  /// The output that is read; nil for the only one.
  public var output: String?
  /// The encoder that gives `cosine`; nil for any.
  public var encoder: String?
  /// How much of the order is the model's, above 0 and at most 1.
  public var weight: Float = 1
  /// By feature.
  public var normalization: [FeatureName: Normalization] = [:]
  /// Whether the weights are quantized.
  public var isInt8 = false
  /// What was measured.
  public var metrics: [String: JSON] = [:]
  /// Of encoders and pair models.
  public var tokens = TokenSettings()
  /// Of encoders.
  public var pooling = Pooling.mean
  /// Of encoders: the floats of a vector.
  public var dimension = 0
  /// Of pair models: the documents' fields that make the text.
  public var fields: [String] = []
  /// The document itself, as it was read.
  public var json: JSON
}

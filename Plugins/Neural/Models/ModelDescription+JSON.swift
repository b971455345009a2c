// SPDX-License-Identifier: Apache-2.0

public import JSON

extension ModelDescription {
  /// Reads `model.json`.
  ///
  /// - Throws: ``NeuralError`` that names the member that is wrong.
  public init(json: JSON) throws(NeuralError) {
    guard json.object != nil else { throw NeuralError("model.json must be a JSON object.") }
    guard json["format"]?.int == 1 else {
      throw NeuralError("`format` of model.json must be 1: this server knows no other.")
    }
    id = try Self.name(json["id"], "id")
    version = try Self.name(json["version"], "version", colon: true)
    guard let kind = json["kind"]?.string.flatMap(ModelKind.init) else {
      let kinds = ModelKind.allCases.map(\.rawValue).joined(separator: ", ")
      throw NeuralError("`kind` of model.json must be one of \(kinds).")
    }
    self.kind = kind
    self.json = json
    if let linear = json["linear"] {
      guard kind == .ranker, json["file"] == nil else {
        throw NeuralError("`linear` stands in place of `file`, and for a ranker only.")
      }
      self.linear = try LinearWeights(json: linear)
    } else {
      try readFile(json)
    }
    output = json["output"]?.string
    if json["encoder"] != nil { encoder = try Self.name(json["encoder"], "encoder") }
    weight = try Self.number(json, "weight") ?? 1
    guard weight > 0, weight <= 1 else {
      throw NeuralError("`weight` of model.json must be above 0 and at most 1.")
    }
    isInt8 = json["int8"]?.bool ?? false
    for member in json["metrics"]?.object ?? [] { metrics[member.key] = member.value }
    for member in json["normalization"]?.object ?? [] {
      let feature = try Self.feature(member.key, in: "normalization")
      normalization[feature] = try Normalization(json: member.value, of: feature)
    }
    try readTexts(json)
  }

  private mutating func readFile(_ json: JSON) throws(NeuralError) {
    guard let file = json["file"]?.string, Self.isPlain(file) else {
      throw NeuralError("`file` of model.json must name a file in its directory.")
    }
    self.file = file
    guard let digest = json["sha256"]?.string, digest.utf8.count == 64 else {
      throw NeuralError("`sha256` of model.json must be the file's digest, 64 hexadecimal digits.")
    }
    sha256 = digest.lowercased()
    guard let inputs = json["inputs"]?.array, (1...8).contains(inputs.count) else {
      throw NeuralError("`inputs` of model.json must tell what goes into each input of the file.")
    }
    for input in inputs { self.inputs.append(try ModelInput(json: input)) }
    guard Set(self.inputs.map(\.name)).count == inputs.count else {
      throw NeuralError("`inputs` of model.json name one input twice.")
    }
    try checkInputs()
  }

  /// Each kind takes one sort of content only.
  private func checkInputs() throws(NeuralError) {
    for input in inputs {
      let fits =
        switch (kind, input.content) {
        case (.ranker, .columns), (.ncf, .ids): true
        case (.encoder, .text(_, let isPair)): !isPair
        case (.pairs, .text(_, let isPair)): isPair
        default: false
        }
      guard fits else {
        throw NeuralError(
          "The input `\(input.name)` does not fit a model of kind \(kind.rawValue)."
        )
      }
    }
    guard kind != .ranker || inputs.count == 1 else {
      throw NeuralError("A ranker has one input, of `columns`.")
    }
  }

  private mutating func readTexts(_ json: JSON) throws(NeuralError) {
    guard kind == .encoder || kind == .pairs else { return }
    if let tokens = json["tokens"] {
      self.tokens.vocabulary = tokens["vocabulary"]?.string ?? self.tokens.vocabulary
      self.tokens.isLowerCase = tokens["lower_case"]?.bool ?? true
      self.tokens.maxLength = Int(tokens["max_length"]?.int ?? 128)
    }
    guard Self.isPlain(self.tokens.vocabulary), (8...512).contains(self.tokens.maxLength) else {
      throw NeuralError("`tokens` needs a `vocabulary` in the directory and `max_length` 8 to 512.")
    }
    if kind == .encoder {
      let pooling = json["pooling"]?.string ?? "mean"
      guard let known = Pooling(rawValue: pooling) else {
        throw NeuralError("`pooling` of model.json must be mean, cls or none.")
      }
      self.pooling = known
      guard let dimension = json["dimension"]?.int, (1...4096).contains(dimension) else {
        throw NeuralError("`dimension` of model.json must be 1 to 4096.")
      }
      self.dimension = Int(dimension)
    } else {
      fields = (json["fields"]?.array ?? []).compactMap(\.string)
      guard (1...8).contains(fields.count) else {
        throw NeuralError("`fields` of model.json must name 1 to 8 fields of the documents.")
      }
    }
  }

  /// Whether a name is one of a file in the model's own directory.
  private static func isPlain(_ name: String) -> Bool {
    (1...255).contains(name.utf8.count) && !name.hasPrefix(".") && !name.contains("/")
      && !name.utf8.contains(0)
  }

  private static func name(
    _ json: JSON?,
    _ member: String,
    colon: Bool = false
  ) throws(NeuralError) -> String {
    guard let name = json?.string, ModelDirectory.isName(name, colon: colon) else {
      throw NeuralError("`\(member)` of model.json must be 1 to 64 letters, digits, '.', '-', '_'.")
    }
    return name
  }

  static func feature(_ text: String, in member: String) throws(NeuralError) -> FeatureName {
    guard let feature = FeatureName(text) else {
      throw NeuralError(
        "`\(member)` of model.json has `\(text.prefix(80))`, which is no feature: see Models.md."
      )
    }
    return feature
  }

  static func number(_ json: JSON, _ member: String) throws(NeuralError) -> Float? {
    guard let value = json[member] else { return nil }
    guard let number = value.double.map({ Float($0) }), number.isFinite else {
      throw NeuralError("`\(member)` of model.json must be a number.")
    }
    return number
  }
}

extension ModelInput {
  init(json: JSON) throws(NeuralError) {
    guard let name = json["name"]?.string, !name.isEmpty else {
      throw NeuralError("Each of `inputs` needs the `name` of an input of the file.")
    }
    self.name = name
    if let columns = json["columns"]?.array {
      guard (1...256).contains(columns.count) else {
        throw NeuralError("`columns` of the input `\(name)` must be 1 to 256 features.")
      }
      var features: [FeatureName] = []
      for column in columns {
        features.append(try ModelDescription.feature(column.string ?? "", in: "columns"))
      }
      content = .columns(features)
    } else if let text = json["text"]?.string, ["pair", "text"].contains(text) {
      guard let part = TextPart(rawValue: json["part"]?.string ?? "ids") else {
        throw NeuralError("`part` of the input `\(name)` must be ids, mask or types.")
      }
      content = .text(part, isPair: text == "pair")
    } else if let subject = json["ids"]?.string.flatMap(Subject.init) {
      content = .ids(subject)
    } else {
      throw NeuralError(
        "The input `\(name)` needs `columns`, `text` (pair or text) or `ids` (shopper or item)."
      )
    }
  }
}

extension Normalization {
  init(json: JSON, of feature: FeatureName) throws(NeuralError) {
    missing = try ModelDescription.number(json, "default") ?? missing
    mean = try ModelDescription.number(json, "mean") ?? mean
    deviation = try ModelDescription.number(json, "deviation") ?? deviation
    let low = try ModelDescription.number(json, "low") ?? bounds.lowerBound
    let high = try ModelDescription.number(json, "high") ?? bounds.upperBound
    guard deviation > 0, low <= high else {
      throw NeuralError("`normalization` of `\(feature)` needs deviation > 0 and low <= high.")
    }
    bounds = low...high
  }
}

extension LinearWeights {
  init(json: JSON) throws(NeuralError) {
    bias = try ModelDescription.number(json, "bias") ?? 0
    guard let members = json["weights"]?.object, (1...256).contains(members.count) else {
      throw NeuralError("`linear` needs `weights`, 1 to 256 numbers by feature.")
    }
    weights = []
    for member in members.sorted(by: { $0.key < $1.key }) {
      let feature = try ModelDescription.feature(member.key, in: "weights")
      guard let weight = member.value.double.map({ Float($0) }), weight.isFinite else {
        throw NeuralError("The weight of `\(member.key)` must be a number.")
      }
      weights.append((feature, weight))
    }
  }
}

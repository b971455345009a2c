// SPDX-License-Identifier: Apache-2.0

extension InferenceModel {
  /// Compares the file's inputs and output with what `model.json` tells.
  ///
  /// - Throws: ``NeuralError`` that names the input or output that differs.
  func check(against description: ModelDescription) throws(NeuralError) {
    let named = Set(description.inputs.map(\.name))
    if let port = inputs.first(where: { !named.contains($0.name) }) {
      throw NeuralError("model.json does not tell what goes into the input `\(port.name)`.")
    }
    for input in description.inputs {
      guard let port = inputs.first(where: { $0.name == input.name }) else {
        let names = inputs.map(\.name).joined(separator: ", ")
        throw NeuralError("The file has no input `\(input.name)`: its inputs are \(names).")
      }
      try Self.check(port, against: input)
    }
    let output = outputs[try index(ofOutput: description.output)]
    guard output.element == .float32 else {
      throw NeuralError("The output `\(output.name)` must hold float32.")
    }
    let rank = output.shape.count
    let last = output.shape.last ?? nil
    let fits =
      switch description.kind {
      case .encoder:
        rank == (description.pooling == .none ? 2 : 3)
          && (last ?? description.dimension)
            == description.dimension
      default: rank == 1 || rank == 2 && (last ?? 1) == 1
      }
    guard fits else {
      throw NeuralError(
        "The output `\(output.name)` has the shape \(output.shapeText), which does not fit a model "
          + "of kind \(description.kind.rawValue)."
      )
    }
  }

  private static func check(_ port: Port, against input: ModelInput) throws(NeuralError) {
    let fits =
      switch input.content {
      case .columns(let columns):
        port.element == .float32 && port.shape.count == 2
          && (port.shape[1] ?? columns.count) == columns.count
      case .text: port.element != .float32 && port.shape.count == 2
      case .ids:
        port.element != .float32
          && (port.shape.count == 1 || port.shape.count == 2 && (port.shape[1] ?? 1) == 1)
      }
    guard fits else {
      let wanted =
        switch input.content {
        case .columns(let columns): "float32 [n, \(columns.count)]"
        case .text: "integers [n, length]"
        case .ids: "integers [n] or [n, 1]"
        }
      throw NeuralError(
        "The input `\(port.name)` is \(port.element.rawValue) \(port.shapeText) in the file, and "
          + "model.json asks for \(wanted)."
      )
    }
  }

  /// The place of an output; of the only one for nil.
  ///
  /// - Throws: ``NeuralError`` if there is none of this name, or several and no name.
  public func index(ofOutput name: String?) throws(NeuralError) -> Int {
    if let name {
      if let index = outputs.firstIndex(where: { $0.name == name }) { return index }
    } else if outputs.count == 1 {
      return 0
    }
    let names = outputs.map(\.name).joined(separator: ", ")
    throw NeuralError("`output` of model.json must be one of the file's outputs: \(names).")
  }
}

extension Port {
  /// The shape as people read it, "?" for a free length.
  var shapeText: String {
    "[" + shape.map { $0.map(String.init) ?? "?" }.joined(separator: ", ") + "]"
  }
}

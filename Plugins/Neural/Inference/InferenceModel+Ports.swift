// SPDX-License-Identifier: Apache-2.0

internal import COpenVINO
internal import Foundation

extension InferenceModel {
  typealias PortCount = @convention(c) (OpaquePointer?, UnsafeMutablePointer<Int>?) -> ov_status
  typealias PortByIndex =
    @convention(c) (OpaquePointer?, Int, UnsafeMutablePointer<OpaquePointer?>?) -> ov_status

  /// The most inputs or outputs that are looked at.
  private static let portLimit = 64

  /// A model's inputs or outputs.
  static func ports(
    _ model: OpaquePointer,
    _ runtime: InferenceRuntime,
    _ size: PortCount,
    _ byIndex: PortByIndex
  ) throws(NeuralError) -> [Port] {
    var count = 0
    try runtime.check(size(model, &count), "The model does not tell its inputs and outputs")
    guard (1...portLimit).contains(count) else {
      throw NeuralError(
        "The model has \(count) inputs or outputs, and 1 to \(portLimit) are taken."
      )
    }
    var ports: [Port] = []
    for index in 0..<count {
      var port: OpaquePointer?
      try runtime.check(byIndex(model, index, &port), "The model does not tell its inputs")
      defer { runtime.table.output_const_port_free(port) }
      ports.append(try self.port(port, runtime))
    }
    return ports
  }

  private static func port(
    _ port: OpaquePointer?,
    _ runtime: InferenceRuntime
  ) throws(NeuralError) -> Port {
    let table = runtime.table
    var text: UnsafeMutablePointer<CChar>?
    try runtime.check(table.port_get_any_name(port, &text), "An input or output has no name")
    guard let text else { throw NeuralError("An input or output of the model has no name.") }
    let name = String(cString: text)
    table.free(text)
    var number: Int32 = 0
    try runtime.check(table.port_get_element_type(port, &number), "`\(name)` has no type")
    let element: ElementType
    switch number {
    case Int32(MARTLET_OV_FLOAT32): element = .float32
    case Int32(MARTLET_OV_INT64): element = .int64
    case Int32(MARTLET_OV_INT32): element = .int32
    default: throw NeuralError("`\(name)` of the model must hold float32, int64 or int32.")
    }
    var shape = ov_partial_shape()
    try runtime.check(table.port_get_partial_shape(port, &shape), "`\(name)` has no shape")
    defer { table.partial_shape_free(&shape) }
    guard shape.rank.min == shape.rank.max, (0...8).contains(shape.rank.max) else {
      throw NeuralError("`\(name)` of the model has no fixed number of dimensions.")
    }
    let lengths = (0..<Int(shape.rank.max)).map { index -> Int? in
      let length = shape.dims[index]
      return length.min == length.max && length.max >= 0 ? Int(length.max) : nil
    }
    return Port(name: name, element: element, shape: lengths)
  }

  /// A model's inputs.
  static func inputs(
    _ model: OpaquePointer,
    _ runtime: InferenceRuntime
  ) throws(NeuralError) -> [Port] {
    let table = runtime.table
    return try ports(model, runtime, table.model_inputs_size, table.model_const_input_by_index)
  }

  /// Fixes the inputs' first dimension, where it is free, before the model is compiled.
  static func fix(
    _ batch: Int,
    _ inputs: [Port],
    of model: OpaquePointer,
    _ runtime: InferenceRuntime
  ) throws(NeuralError) {
    let names = inputs.map { strdup($0.name) }
    let lengths = inputs.map { port in
      let dimensions = UnsafeMutableBufferPointer<ov_dimension>.allocate(capacity: port.shape.count)
      for (place, length) in port.shape.enumerated() {
        let fixed = length ?? (place == 0 ? batch : nil)
        let free = ov_dimension(min: 0, max: -1)
        dimensions.initializeElement(
          at: place,
          to: fixed.map { ov_dimension(min: Int64($0), max: Int64($0)) } ?? free
        )
      }
      return dimensions
    }
    defer {
      for name in names { free(name) }
      for dimensions in lengths { dimensions.deallocate() }
    }
    let shapes = lengths.map { dimensions in
      let rank = Int64(dimensions.count)
      return ov_partial_shape(
        rank: ov_dimension(min: rank, max: rank),
        dims: dimensions.baseAddress
      )
    }
    var pointers = names.map { $0.map { UnsafePointer($0) } }
    try runtime.check(
      runtime.table.model_reshape(model, &pointers, shapes, shapes.count),
      "The model cannot take \(batch) rows at once"
    )
  }

  /// Whether a tensor has the shape and type that an input takes.
  static func check(_ tensor: Tensor, fits port: Port) throws(NeuralError) {
    let isFloat = if case .floats = tensor.values { true } else { false }
    guard isFloat == (port.element == .float32), tensor.shape.count == port.shape.count,
      zip(tensor.shape, port.shape).allSatisfy({ $0 > 0 && ($1 ?? $0) == $0 }),
      tensor.shape.reduce(1, *) == tensor.count
    else {
      throw NeuralError("The input `\(port.name)` does not take a tensor of shape \(tensor.shape).")
    }
  }
}

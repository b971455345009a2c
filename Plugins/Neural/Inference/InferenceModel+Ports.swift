// SPDX-License-Identifier: Apache-2.0

internal import COpenVINO

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

  /// Fixes inputs' shapes before the model is compiled.
  static func fix(
    _ shapes: [String: [Int]],
    of model: OpaquePointer,
    _ runtime: InferenceRuntime
  ) throws(NeuralError) {
    let sorted = shapes.sorted { $0.key < $1.key }
    let lengths = sorted.flatMap { $0.value.map { ov_dimension(min: Int64($0), max: Int64($0)) } }
    let names = sorted.map { Array($0.key.utf8CString) }
    let status = lengths.withUnsafeBufferPointer { lengths -> ov_status in
      var start = 0
      var partial: [ov_partial_shape] = []
      for (_, shape) in sorted {
        let rank = Int64(shape.count)
        partial.append(
          ov_partial_shape(
            rank: ov_dimension(min: rank, max: rank),
            dims: UnsafeMutablePointer(mutating: lengths.baseAddress.map { $0 + start })
          )
        )
        start += shape.count
      }
      let texts = names.map { name in
        let text = UnsafeMutablePointer<CChar>.allocate(capacity: name.count)
        text.initialize(from: name, count: name.count)
        return text
      }
      defer { for text in texts { text.deallocate() } }
      var pointers = texts.map { UnsafePointer<CChar>?($0) }
      return runtime.table.model_reshape(model, &pointers, partial, partial.count)
    }
    try runtime.check(status, "The model cannot take inputs of the shape \(sorted.map(\.value))")
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

// SPDX-License-Identifier: Apache-2.0

internal import COpenVINO

/// A model that is ready to run; one run at a time.
public final class InferenceModel {
  /// What goes in, in the file's order.
  public let inputs: [Port]
  /// What comes out, in the file's order.
  public let outputs: [Port]

  private let runtime: InferenceRuntime
  private let compiled: OpaquePointer
  private let request: OpaquePointer

  init(
    runtime: InferenceRuntime,
    file: String,
    options: InferenceOptions
  ) throws(NeuralError) {
    let table = runtime.table
    var model: OpaquePointer?
    try runtime.check(
      table.core_read_model(runtime.core, file, nil, &model),
      "\(file) is no ONNX model that can be run"
    )
    guard let model else { throw NeuralError("\(file) is no ONNX model.") }
    defer { table.model_free(model) }
    var inputs = try Self.inputs(model, runtime)
    if let batch = options.batch, inputs.contains(where: { $0.shape.first == .some(nil) }) {
      try Self.fix(batch, inputs, of: model, runtime)
      inputs = try Self.inputs(model, runtime)
    }
    self.inputs = inputs
    outputs = try Self.ports(
      model,
      runtime,
      table.model_outputs_size,
      table.model_const_output_by_index
    )
    var compiled: OpaquePointer?
    try runtime.check(
      martlet_openvino_compile(
        [table],
        runtime.core,
        model,
        "\(max(1, options.threads))",
        &compiled
      ),
      "\(file) cannot be compiled"
    )
    guard let compiled else { throw NeuralError("\(file) cannot be compiled.") }
    var request: OpaquePointer?
    let status = table.compiled_model_create_infer_request(compiled, &request)
    guard status == 0, let request else {
      table.compiled_model_free(compiled)
      throw NeuralError("\(file) cannot be made ready to run.")
    }
    self.runtime = runtime
    self.compiled = compiled
    self.request = request
  }

  deinit {
    runtime.table.infer_request_free(request)
    runtime.table.compiled_model_free(compiled)
  }

  /// Runs the model.
  ///
  /// - Parameters:
  ///   - tensors: One for each of ``inputs``, in order, of a shape and type that it takes.
  ///   - output: The place in ``outputs`` of the output that is wanted.
  /// - Returns: The output, of floats.
  /// - Throws: ``NeuralError`` if the tensors do not fit or the run fails.
  public func run(_ tensors: [Tensor], output: Int = 0) throws(NeuralError) -> Tensor {
    guard tensors.count == inputs.count, outputs.indices.contains(output) else {
      throw NeuralError("The model takes \(inputs.count) inputs and was given \(tensors.count).")
    }
    for (port, tensor) in zip(inputs, tensors) { try Self.check(tensor, fits: port) }
    return try lend(tensors[...], output)
  }

  /// Lends each tensor's memory to the request, one level of calls deep each, then runs it.
  private func lend(_ rest: ArraySlice<Tensor>, _ output: Int) throws(NeuralError) -> Tensor {
    guard let tensor = rest.first else { return try infer(output) }
    let index = rest.startIndex
    switch (tensor.values, inputs[index].element) {
    case (.floats(var values), _):
      return try lend(&values, MARTLET_OV_FLOAT32, tensor.shape, rest, output)
    case (.integers(var values), .int64):
      return try lend(&values, MARTLET_OV_INT64, tensor.shape, rest, output)
    case (.integers(let values), _):
      var narrow = values.map { Int32(truncatingIfNeeded: $0) }
      return try lend(&narrow, MARTLET_OV_INT32, tensor.shape, rest, output)
    }
  }

  private func lend<Number>(
    _ values: inout [Number],
    _ element: Int,
    _ shape: [Int],
    _ rest: ArraySlice<Tensor>,
    _ output: Int
  ) throws(NeuralError) -> Tensor {
    var dims = shape.map(Int64.init)
    let table = runtime.table
    let index = rest.startIndex
    let result = values.withUnsafeMutableBytes { bytes in
      dims.withUnsafeMutableBufferPointer { dims in
        Result { () throws(NeuralError) -> Tensor in
          var lent: OpaquePointer?
          let shape = ov_shape(rank: Int64(dims.count), dims: dims.baseAddress)
          try runtime.check(
            table.tensor_create_from_host_ptr(Int32(element), shape, bytes.baseAddress, &lent),
            "The input `\(inputs[index].name)` cannot be given"
          )
          defer { table.tensor_free(lent) }
          try runtime.check(
            table.infer_request_set_input_tensor_by_index(request, index, lent),
            "The input `\(inputs[index].name)` is refused"
          )
          return try lend(rest.dropFirst(), output)
        }
      }
    }
    return try result.get()
  }

  private func infer(_ output: Int) throws(NeuralError) -> Tensor {
    let table = runtime.table
    try runtime.check(table.infer_request_infer(request), "The model cannot be run on this input")
    var tensor: OpaquePointer?
    try runtime.check(
      table.infer_request_get_output_tensor_by_index(request, output, &tensor),
      "The output cannot be read"
    )
    defer { table.tensor_free(tensor) }
    var shape = ov_shape()
    var count = 0
    var data: UnsafeMutableRawPointer?
    try runtime.check(table.tensor_get_shape(tensor, &shape), "The output has no shape")
    defer { _ = table.shape_free(&shape) }
    try runtime.check(table.tensor_get_size(tensor, &count), "The output has no size")
    guard count > 0 else { return Tensor([Float](), shape: Self.lengths(shape)) }
    try runtime.check(table.tensor_data(tensor, &data), "The output cannot be read")
    guard let data, outputs[output].element == .float32 else {
      throw NeuralError("The output `\(outputs[output].name)` has no floats.")
    }
    let floats = UnsafeBufferPointer(
      start: data.assumingMemoryBound(to: Float.self),
      count: count
    )
    return Tensor(Array(floats), shape: Self.lengths(shape))
  }

  private static func lengths(_ shape: ov_shape) -> [Int] {
    (0..<Int(shape.rank)).map { Int(shape.dims[$0]) }
  }
}

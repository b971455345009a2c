// SPDX-License-Identifier: Apache-2.0

/// Numbers in a box of the given shape, the last dimension running fastest.
public struct Tensor: Equatable, Sendable {
  /// The numbers.
  public enum Values: Equatable, Sendable {
    case floats([Float])
    case integers([Int64])
  }

  /// The length of each dimension.
  public var shape: [Int]
  /// As many as the shape's product.
  public var values: Values

  /// Creates a tensor of floats.
  public init(_ floats: [Float], shape: [Int]) {
    self.shape = shape
    values = .floats(floats)
  }

  /// Creates a tensor of integers.
  public init(_ integers: [Int64], shape: [Int]) {
    self.shape = shape
    values = .integers(integers)
  }

  /// The floats; empty for integers.
  public var floats: [Float] { if case .floats(let values) = values { values } else { [] } }

  /// The number of values.
  public var count: Int {
    switch values {
    case .floats(let values): values.count
    case .integers(let values): values.count
    }
  }
}

/// The types of numbers that models take and give.
public enum ElementType: String, Sendable {
  case float32
  case int64
  case int32
}

/// An input or output of a model.
public struct Port: Equatable, Sendable {
  /// The name in the file.
  public var name: String
  /// The type of its numbers.
  public var element: ElementType
  /// The length of each dimension; nil where it is free.
  public var shape: [Int?]
}

/// How a model is run.
public struct InferenceOptions: Equatable, Sendable {
  /// Threads of one run, 1 or more.
  public var threads = 1
  /// The length of the inputs' first dimension where the file leaves it free: the model is compiled
  /// for this one; nil for any.
  public var batch: Int?

  /// Creates options of one thread and the file's own shapes.
  public init() {}
}

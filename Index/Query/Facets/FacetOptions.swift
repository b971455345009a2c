// SPDX-License-Identifier: Apache-2.0

/// How the values of one facet are counted and ordered.
public struct FacetOptions: Equatable, Sendable {
  /// A named range of numbers, `low` included and `high` not.
  public struct Range: Equatable, Sendable {
    /// What the range is called in the answer.
    public var label: String
    /// Its least number.
    public var low: Double
    /// The number that it ends before.
    public var high: Double

    /// Creates a range.
    public init(label: String, low: Double, high: Double) {
      self.label = label
      self.low = low
      self.high = high
    }
  }

  /// The order of values.
  public enum Order: Equatable, Sendable {
    /// Most documents first.
    case count
    /// By the value.
    case value(ascending: Bool)
    /// By a numeric field of the same document, or of the same object in an array.
    case field(String, ascending: Bool)
  }

  /// The ranges to count instead of single numbers.
  public var ranges: [Range] = []
  /// The order of values.
  public var order = Order.count

  /// The defaults.
  public init() {}
}

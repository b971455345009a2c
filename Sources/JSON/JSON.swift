// SPDX-License-Identifier: Apache-2.0

/// A JSON value.
public indirect enum JSON: Equatable, Sendable {
  case null
  case bool(Bool)
  case int(Int64)
  case double(Double)
  case string(String)
  case array([JSON])
  case object([Member])

  /// A key and its value.
  ///
  /// Of equal keys in one object the last counts.
  public struct Member: Equatable, Sendable {
    /// The key.
    public var key: String
    /// The value.
    public var value: JSON

    /// Creates a member.
    public init(_ key: String, _ value: JSON) {
      self.key = key
      self.value = value
    }
  }

  /// Parses JSON text.
  ///
  /// - Throws: ``JSONError`` if the text is no JSON, is not UTF-8 or is nested over 64 levels deep.
  public init(parsing bytes: [UInt8]) throws {
    self = try bytes.withUnsafeBufferPointer { try JSONParser().parse($0) { $0.tree } }
  }

  /// Parses JSON text.
  public init(parsing text: String) throws { try self.init(parsing: Array(text.utf8)) }

  /// The value of a key, or nil if this is no object or lacks it.
  public subscript(key: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.key == key }?.value
  }

  /// The string, or nil.
  public var string: String? { if case .string(let value) = self { value } else { nil } }

  /// The boolean, or nil.
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

  /// The integer, or nil; a double with an integer's value counts.
  public var int: Int64? {
    switch self {
    case .int(let value): value
    case .double(let value): Int64(exactly: value)
    default: nil
    }
  }

  /// The number, or nil.
  public var double: Double? {
    switch self {
    case .int(let value): Double(value)
    case .double(let value): value
    default: nil
    }
  }

  /// The elements, or nil.
  public var array: [JSON]? { if case .array(let value) = self { value } else { nil } }

  /// The members, or nil.
  public var object: [Member]? { if case .object(let value) = self { value } else { nil } }

  /// The compact text.
  ///
  /// `sortedKeys`: Whether objects' keys ascend by their UTF-8 bytes.
  public func serialized(sortedKeys: Bool = false) -> [UInt8] {
    var writer = JSONWriter()
    writer.write(self, sortedKeys: sortedKeys)
    return writer.bytes
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  /// A string.
  public init(stringLiteral value: String) { self = .string(value) }
  /// An integer.
  public init(integerLiteral value: Int64) { self = .int(value) }
  /// A number.
  public init(floatLiteral value: Double) { self = .double(value) }
  /// A boolean.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// An array.
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  /// An object, keys in order.
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(elements.map { Member($0.0, $0.1) })
  }
}

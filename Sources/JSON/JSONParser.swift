// SPDX-License-Identifier: Apache-2.0

internal import CSimdJSON

/// Why text is not JSON.
public struct JSONError: Error, Equatable, CustomStringConvertible {
  /// What is wrong.
  public let message: String

  /// Creates an error.
  public init(_ message: String) { self.message = message }

  /// The message.
  public var description: String { message }
}

/// Parses JSON text with simdjson into flat nodes; reuse one parser for many documents.
///
/// One thread at a time.
public final class JSONParser {
  /// Arrays and objects inside each other at most.
  public static let depthLimit: UInt32 = 64

  private let handle: OpaquePointer

  /// Creates a parser.
  public init() throws(JSONError) {
    guard let handle = martlet_json_parser_create() else {
      throw JSONError("Out of memory for a JSON parser.")
    }
    self.handle = handle
  }

  deinit { martlet_json_parser_free(handle) }

  /// Parses one document and lends it to `body`; nothing of it may outlive the call.
  ///
  /// - Throws: ``JSONError`` if the text is no JSON, is not UTF-8 or is nested over 64 levels deep;
  ///   and what `body` throws.
  public func parse<T>(
    _ bytes: UnsafeBufferPointer<UInt8>,
    _ body: (JSONView) throws -> T
  ) throws -> T {
    var nodes: UnsafePointer<martlet_json_node>?
    var count = 0
    if let message = martlet_json_parse(
      handle,
      bytes.baseAddress,
      bytes.count,
      Self.depthLimit,
      &nodes,
      &count
    ) {
      throw JSONError("Bad JSON: \(String(cString: message))")
    }
    guard let nodes, count > 0 else { throw JSONError("Bad JSON: there is no value.") }
    return try body(JSONView(nodes: nodes, index: 0))
  }
}

/// A value of a parsed document, valid inside ``JSONParser/parse(_:_:)``.
public struct JSONView {
  private let nodes: UnsafePointer<martlet_json_node>
  private let index: Int

  init(nodes: UnsafePointer<martlet_json_node>, index: Int) {
    self.nodes = nodes
    self.index = index
  }

  private var node: martlet_json_node { nodes[index] }

  /// The kinds of values.
  public enum Kind: UInt32, Sendable {
    case null = 0, no, yes, integer, double, string, array, object
  }

  /// What the value is.
  public var kind: Kind { Kind(rawValue: node.kind) ?? .null }

  /// The integer, or nil.
  public var integer: Int64? { kind == .integer ? node.value.integer : nil }

  /// The number as a double, or nil.
  public var double: Double? {
    switch kind {
    case .integer: Double(node.value.integer)
    case .double: node.value.number
    default: nil
    }
  }

  /// The boolean, or nil.
  public var bool: Bool? {
    switch kind {
    case .yes: true
    case .no: false
    default: nil
    }
  }

  /// The string's UTF-8 bytes, or nil.
  public var utf8: UnsafeBufferPointer<UInt8>? {
    guard kind == .string else { return nil }
    return UnsafeRawBufferPointer(start: node.value.string, count: Int(node.count))
      .bindMemory(to: UInt8.self)
  }

  /// The string, or nil.
  public var string: String? { utf8.map { String(decoding: $0, as: UTF8.self) } }

  /// The number of elements or pairs; 0 for other values.
  public var count: Int {
    switch kind {
    case .array, .object: Int(node.count)
    default: 0
    }
  }

  /// Calls `body` with each element of an array.
  public func forEachElement(_ body: (JSONView) throws -> Void) rethrows {
    guard kind == .array else { return }
    var child = index + 1
    for _ in 0..<node.count {
      try body(JSONView(nodes: nodes, index: child))
      child = Int(nodes[child].next)
    }
  }

  /// Calls `body` with each key and value of an object.
  public func forEachPair(
    _ body: (UnsafeBufferPointer<UInt8>, JSONView) throws -> Void
  ) rethrows {
    guard kind == .object else { return }
    var child = index + 1
    for _ in 0..<node.count {
      if let key = JSONView(nodes: nodes, index: child).utf8 {
        try body(key, JSONView(nodes: nodes, index: child + 1))
      }
      child = Int(nodes[child + 1].next)
    }
  }

  /// The value of a key given as UTF-8, the last of equal ones, or nil.
  public subscript(key: [UInt8]) -> JSONView? {
    var found: JSONView?
    forEachPair { name, value in
      if name.count == key.count, name.elementsEqual(key) { found = value }
    }
    return found
  }

  /// The value as a tree that outlives the parse.
  public var tree: JSON {
    switch kind {
    case .null: return .null
    case .no: return .bool(false)
    case .yes: return .bool(true)
    case .integer: return .int(node.value.integer)
    case .double: return .double(node.value.number)
    case .string: return .string(string ?? "")
    case .array:
      var elements: [JSON] = []
      elements.reserveCapacity(count)
      forEachElement { elements.append($0.tree) }
      return .array(elements)
    case .object:
      var members: [JSON.Member] = []
      members.reserveCapacity(count)
      forEachPair { key, value in
        members.append(JSON.Member(String(decoding: key, as: UTF8.self), value.tree))
      }
      return .object(members)
    }
  }
}

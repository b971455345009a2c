// SPDX-License-Identifier: Apache-2.0

public import JSON

/// Which members of documents are returned.
///
/// A name stands for the member and all that is inside it, a dotted name for a member of objects, also
/// of those in arrays, and a star for any characters.
public struct FieldSelection: Equatable, Sendable {
  private let included: [String]
  private let excluded: [String]
  private let isPlain: Bool

  /// Creates a selection; no included names mean all.
  public init(include: [String], exclude: [String]) {
    included = include
    excluded = exclude
    isPlain = !(include + exclude).contains { $0.contains { $0 == "." || $0 == "*" } }
  }

  /// Whether documents are returned as they are.
  public var isWhole: Bool { included.isEmpty && excluded.isEmpty }

  /// A stored document with the chosen members.
  ///
  /// - Throws: ``JSONError`` if the bytes are no JSON.
  public func apply(to document: [UInt8]) throws -> [UInt8] {
    isWhole ? document : apply(to: try JSON(parsing: document)).serialized()
  }

  /// A document with the chosen members.
  public func apply(to document: JSON) -> JSON {
    guard !isWhole, let members = document.object else { return document }
    guard isPlain else { return chosen(document, path: "", isIncluded: false) ?? [:] }
    return .object(
      members.filter {
        (included.isEmpty || included.contains($0.key)) && !excluded.contains($0.key)
      }
    )
  }

  /// What is left of a value; nil if nothing is.
  private func chosen(_ value: JSON, path: String, isIncluded: Bool) -> JSON? {
    if let elements = value.array, elements.contains(where: { $0.object != nil }) {
      let left = elements.compactMap { chosen($0, path: path, isIncluded: isIncluded) }
      return left.isEmpty ? nil : .array(left)
    }
    guard let members = value.object else { return isIncluded ? value : nil }
    let left = members.compactMap { member -> JSON.Member? in
      let name = path.isEmpty ? member.key : path + "." + member.key
      guard !excluded.contains(where: { Self.matches($0, name) }) else { return nil }
      let isNamed =
        isIncluded || included.isEmpty || included.contains { Self.matches($0, name) }
      guard isNamed || mayHold(name) else { return nil }
      return chosen(member.value, path: name, isIncluded: isNamed).map {
        JSON.Member(member.key, $0)
      }
    }
    return left.isEmpty && !path.isEmpty && !isIncluded ? nil : .object(left)
  }

  /// Whether something inside a member may be included.
  private func mayHold(_ name: String) -> Bool {
    included.contains { $0.hasPrefix(name + ".") || $0.contains("*") }
  }

  /// Whether a pattern, in which a star stands for any characters, is that of a name.
  public static func matches(_ pattern: String, _ name: String) -> Bool {
    guard pattern.contains("*") else { return pattern == name }
    let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard let first = parts.first, let last = parts.last, name.hasPrefix(first) else {
      return false
    }
    var rest = name.dropFirst(first.count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let found = rest.firstRange(of: part) else { return false }
      rest = rest[found.upperBound...]
    }
    return rest.hasSuffix(last)
  }
}

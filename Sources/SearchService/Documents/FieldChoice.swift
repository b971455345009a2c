// SPDX-License-Identifier: Apache-2.0

import JSON

/// Which members of documents are returned.
public struct FieldChoice: Sendable {
  private let included: Set<String>
  private let excluded: Set<String>

  /// Creates a choice; no included names mean all.
  public init(include: [String], exclude: [String]) {
    included = Set(include)
    excluded = Set(exclude)
  }

  /// Whether documents are returned as they are.
  public var isWhole: Bool { included.isEmpty && excluded.isEmpty }

  /// A stored document with the chosen members.
  ///
  /// - Throws: ``JSONError`` if the bytes are no JSON.
  public func apply(to document: [UInt8]) throws -> [UInt8] {
    guard !isWhole else { return document }
    let members = try JSON(parsing: document).object ?? []
    let kept = members.filter { member in
      (included.isEmpty || included.contains(member.key)) && !excluded.contains(member.key)
    }
    return JSON.object(kept).serialized()
  }
}

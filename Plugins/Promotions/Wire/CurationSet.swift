// SPDX-License-Identifier: Apache-2.0

public import JSON

/// A named list of rules.
public struct CurationSet: Equatable, Sendable {
  /// Rules in one set at most.
  public static let ruleLimit = 100_000

  /// Its name, 1 to 200 bytes.
  public let name: String
  /// The rules, in the order in which they were given; ids differ.
  public var items: [CurationRule]

  /// Creates a set.
  ///
  /// - Throws: ``CurationError`` with code invalid if the name does not do or an id comes twice.
  public init(name: String, items: [CurationRule]) throws(CurationError) {
    guard (1...200).contains(name.utf8.count), !name.utf8.contains(0) else {
      throw CurationError(.invalid, field: "name", "A set's name has 1 to 200 bytes and no NUL.")
    }
    guard items.count <= Self.ruleLimit else {
      throw CurationError(
        .invalid,
        field: "items",
        "`items` has more than \(Self.ruleLimit) rules: split them over several sets."
      )
    }
    var seen: Set<String> = []
    for (index, item) in items.enumerated() where !seen.insert(item.id).inserted {
      throw CurationError(
        .invalid,
        field: "items[\(index)].id",
        "`items[\(index)].id` is `\(item.id)` for the second time: give each rule its own id."
      )
    }
    (self.name, self.items) = (name, items)
  }

  /// Reads a set as clients send it, `{"items": [...]}`.
  ///
  /// - Throws: ``CurationError`` with code invalid that names the field and the remedy.
  public init(json: JSON, name: String) throws(CurationError) {
    guard let list = json["items"]?.array else {
      throw CurationError(.invalid, field: "items", "`items` must be an array of rules.")
    }
    guard list.count <= Self.ruleLimit else {
      throw CurationError(
        .invalid,
        field: "items",
        "`items` has more than \(Self.ruleLimit) rules: split them over several sets."
      )
    }
    var items: [CurationRule] = []
    items.reserveCapacity(list.count)
    for (index, item) in list.enumerated() {
      items.append(try CurationRule(json: item, path: "items[\(index)]"))
    }
    try self.init(name: name, items: items)
  }

  /// The set as clients read it.
  public var json: JSON {
    ["items": .array(items.map(\.json)), "name": .string(name)]
  }
}

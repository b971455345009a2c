// SPDX-License-Identifier: Apache-2.0

public import JSON

/// A named list of rules.
public struct CurationSet: Equatable, Sendable {
  /// Rules in one set at most.
  public static let ruleLimit = 100_000

  /// Its name, 1 to 200 bytes.
  public let name: String
  /// The rules, in the order of their ids' bytes, in which they are tried; ids differ.
  public private(set) var items: [CurationRule]

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
    self.name = name
    self.items = items.sorted { Self.precedes($0.id, $1.id) }
  }

  private static func precedes(_ a: String, _ b: String) -> Bool {
    a.utf8.lexicographicallyPrecedes(b.utf8)
  }

  /// Where a rule is, or would be.
  private func place(of id: String) -> (index: Int, isThere: Bool) {
    var (low, high) = (0, items.count)
    while low < high {
      let middle = (low + high) / 2
      if Self.precedes(items[middle].id, id) { low = middle + 1 } else { high = middle }
    }
    return (low, low < items.count && items[low].id == id)
  }

  /// The rule of an id, or nil.
  public subscript(id: String) -> CurationRule? {
    let (index, isThere) = place(of: id)
    return isThere ? items[index] : nil
  }

  /// Adds a rule, or replaces the one of its id.
  ///
  /// - Throws: ``CurationError`` with code invalid if the set is full.
  public mutating func put(_ rule: CurationRule) throws(CurationError) {
    let (index, isThere) = place(of: rule.id)
    if isThere {
      items[index] = rule
      return
    }
    guard items.count < Self.ruleLimit else {
      throw CurationError(
        .invalid,
        field: "id",
        "The set has \(Self.ruleLimit) rules, the most it can: put the rule into another set."
      )
    }
    items.insert(rule, at: index)
  }

  /// Removes a rule; returns whether it was there.
  public mutating func remove(_ id: String) -> Bool {
    let (index, isThere) = place(of: id)
    if isThere { items.remove(at: index) }
    return isThere
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

// SPDX-License-Identifier: Apache-2.0

/// Who took what: a binary matrix of users and items, with the names of both.
///
/// An item that a user took several times counts once.
public struct Interactions: Sendable {
  /// The matrix: a row per user, ascending item numbers.
  public let matrix: SparseMatrix
  /// The users' names by row.
  public let users: [String]
  /// The items' names by column.
  public let items: [String]
  /// The column of each item's name.
  public let itemNumbers: [String: UInt32]

  /// The items' numbers of users.
  public var popularity: [UInt32] { matrix.columnCounts }
}

/// Collects interactions line by line.
///
/// A line holds a user's name, then the names of items, separated by blanks or tabs; a user may come
/// on several lines. Memory is 16 bytes an interaction, and the names.
public struct InteractionsBuilder {
  private var userNumbers: [String: UInt32] = [:]
  private var itemNumbers: [String: UInt32] = [:]
  private var users: [String] = []
  private var items: [String] = []
  private var pairs: [UInt64] = []

  /// Starts with nothing.
  public init() {}

  /// The number of pairs so far, repeats among them.
  public var count: Int { pairs.count }

  /// Adds what one line says; an empty line says nothing, nor does a byte order mark before it.
  public mutating func add(line: UnsafeBufferPointer<UInt8>) {
    var user: UInt32?
    let mark = line.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    Words.forEach(in: UnsafeBufferPointer(rebasing: line[mark...])) { word in
      let name = String(decoding: word, as: UTF8.self)
      if let user {
        let item = Self.number(of: name, in: &itemNumbers, &items)
        pairs.append(UInt64(user) << 32 | UInt64(item))
      } else {
        user = Self.number(of: name, in: &userNumbers, &users)
      }
    }
  }

  /// Adds one interaction.
  public mutating func add(user: String, item: String) {
    let row = Self.number(of: user, in: &userNumbers, &users)
    let column = Self.number(of: item, in: &itemNumbers, &items)
    pairs.append(UInt64(row) << 32 | UInt64(column))
  }

  /// The interactions collected.
  public consuming func finish() -> Interactions {
    Interactions(
      matrix: SparseMatrix(pairs: pairs, rows: users.count, columns: items.count),
      users: users,
      items: items,
      itemNumbers: itemNumbers
    )
  }

  private static func number(
    of name: String,
    in numbers: inout [String: UInt32],
    _ names: inout [String]
  ) -> UInt32 {
    if let known = numbers[name] { return known }
    let number = UInt32(names.count)
    numbers[name] = number
    names.append(name)
    return number
  }
}

/// The words of a line, parted by blanks, tabs and carriage returns.
enum Words {
  static func forEach(
    in line: UnsafeBufferPointer<UInt8>,
    _ body: (UnsafeBufferPointer<UInt8>) -> Void
  ) {
    var index = 0
    while index < line.count {
      while index < line.count, isBlank(line[index]) { index += 1 }
      let start = index
      while index < line.count, !isBlank(line[index]) { index += 1 }
      if index > start { body(UnsafeBufferPointer(rebasing: line[start..<index])) }
    }
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0D
  }
}

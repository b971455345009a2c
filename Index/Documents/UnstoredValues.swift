// SPDX-License-Identifier: Apache-2.0
//
// A change of some fields makes a new document of the stored one, which lacks the fields that the schema
// does not store. Their tokens and column values are still in the index, from which they are taken over.

/// The document that a change of some fields starts from.
enum DocumentBase {
  /// One of the same batch, by its number in the builder.
  case built(Int)
  /// One of the snapshot.
  case indexed(part: Int, document: Int)
}

/// What documents of a snapshot hold in fields that are not stored.
final class UnstoredValues {
  /// Tokens of one text field of one document, ascending by position.
  typealias Tokens = [(position: UInt32, term: UInt32)]

  private struct Key: Hashable {
    var part: Int
    var document: Int
    var field: Int
  }

  private let snapshot: Snapshot
  private var tokens: [Key: Tokens] = [:]

  /// Reads the tokens of documents in one pass over the lists of each segment that has any of them.
  ///
  /// - Parameters:
  ///   - snapshot: Where the documents are.
  ///   - documents: The documents, by part of the snapshot.
  ///   - fields: The numbers of the text fields.
  ///   - terms: Numbers the terms found.
  /// - Throws: ``IndexError`` with code corrupt if a list is damaged.
  init(
    _ snapshot: Snapshot,
    documents: [Int: Set<Int>],
    fields: Set<Int>,
    terms: TermTable
  ) throws(IndexError) {
    self.snapshot = snapshot
    guard !fields.isEmpty else { return }
    for (part, wanted) in documents {
      let segment = snapshot.parts[part].segment
      var bits = Bitset(count: segment.documentCount)
      for document in wanted { bits.insert(document) }
      let cursor = segment.dictionary.cursor(block: 0)
      while cursor.advance() {
        var number: UInt32?
        for list in try segment.lists(cursor.entry) where fields.contains(list.field) {
          var found: [UInt32] = []
          list.forEachBlock { documents, _ in
            for document in documents where Int(document) < bits.count {
              if bits.contains(Int(document)) { found.append(document) }
            }
            return true
          }
          guard !found.isEmpty else { continue }
          let term = number ?? terms.number(of: cursor.utf8)
          number = term
          for document in found {
            let key = Key(part: part, document: Int(document), field: list.field)
            for position in list.positions(in: document) {
              tokens[key, default: []].append((position, term))
            }
          }
        }
      }
    }
    for key in tokens.keys { tokens[key]?.sort { $0.position < $1.position } }
  }

  /// The tokens of a document in a text field.
  func tokens(part: Int, document: Int, field: Int) -> Tokens {
    tokens[Key(part: part, document: document, field: field)] ?? []
  }

  /// The column of a part, whose values a document keeps.
  func column(part: Int, _ index: Int) -> Column { snapshot.parts[part].segment.columns[index] }
}

// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// An immutable set of completions; see CompletionFormat.swift for its bytes.
///
/// After the two best published indexes for this: exact prefixes by range minimum over the sorted
/// keys, any-word matches by inverted lists in order of score (Gog, Pibiri and Venturini, "Efficient
/// and Effective Query Auto-Completion", SIGIR 2020). Any bytes can be opened: damage gives an error,
/// or other completions, never a trap. Ask with a ``CompletionSearcher``.
public final class CompletionIndex: @unchecked Sendable {
  /// The number of completions.
  public let count: Int
  /// The size of the stored form, in bytes.
  public let byteCount: Int

  let keys: KeyTable
  let keyDocuments: RangeMinimum
  let documentKeys: PackedIntegers
  let scores: ScoreColumn
  let terms: KeyTable
  let listStarts: PackedIntegers
  let postings: PackedIntegers
  let least: RangeMinimum
  let categories: [String]
  /// Whether some completions have more than one key.
  let hasAliases: Bool

  /// Keeps the bytes in place.
  private let owner: AnyObject

  /// Opens stored bytes that `owner` keeps in place and unchanged.
  ///
  /// - Parameters:
  ///   - bytes: What ``CompletionIndexBuilder/build()`` returned, at a multiple of 8 bytes.
  ///   - owner: Is kept as long as the index.
  /// - Throws: ``IndexError`` with code corrupt, tooOld or tooNew.
  /// - Complexity: One pass over the bytes, for the checksum.
  public init(bytes: UnsafeRawBufferPointer, owner: AnyObject) throws(IndexError) {
    guard Int(bitPattern: bytes.baseAddress) % 8 == 0 else {
      throw IndexError(.invalid, "A completion index must lie at a multiple of 8 bytes: copy it.")
    }
    let parts = try CompletionParts(FormatHeader.unwrap(bytes, kind: .completions))
    let counts = parts.counts
    guard counts.keys >= counts.documents else { throw ByteReader.truncated }
    keys = try parts.keys()
    let documents = try parts.numbers(.keyDocuments, count: counts.keys)
    guard documents.allSatisfy({ Int($0) < counts.documents }) else { throw ByteReader.truncated }
    keyDocuments = try RangeMinimum(
      values: documents,
      minima: try parts.numbers(.keyMinima),
      sparse: parts[.keySparse]
    )
    documentKeys = try PackedIntegers(
      parts[.documentKeys],
      count: counts.documents,
      width: PackedIntegers.width(for: counts.keys)
    )
    scores = try ScoreColumn(parts[.scores], count: counts.documents)
    terms = try parts.terms()
    listStarts = try parts.listStarts()
    postings = try PackedIntegers(
      parts[.postings],
      count: counts.postings,
      width: PackedIntegers.width(for: counts.documents)
    )
    least = try RangeMinimum(
      values: try parts.numbers(.least, count: counts.terms),
      minima: try parts.numbers(.leastMinima),
      sparse: parts[.leastSparse]
    )
    categories = try parts.categories()
    count = counts.documents
    byteCount = bytes.count
    hasAliases = counts.keys > counts.documents
    self.owner = owner
  }

  /// Opens a copy of stored bytes.
  ///
  /// - Throws: ``IndexError``; see ``init(bytes:owner:)``.
  public convenience init(copying bytes: [UInt8]) throws(IndexError) {
    let copy = NSMutableData(length: bytes.count) ?? NSMutableData()
    bytes.withUnsafeBytes { source in
      if let base = source.baseAddress, copy.length == source.count {
        copy.mutableBytes.copyMemory(from: base, byteCount: source.count)
      }
    }
    try self.init(
      bytes: UnsafeRawBufferPointer(start: copy.mutableBytes, count: copy.length),
      owner: copy
    )
  }

  /// Maps a file of stored bytes into memory.
  ///
  /// - Throws: ``IndexError``; see ``init(bytes:owner:)``. Code io if the file cannot be read.
  public convenience init(path: String) throws(IndexError) {
    guard let data = try? NSData(contentsOfFile: path, options: .alwaysMapped) else {
      throw IndexError(.io, "Could not read the completions '\(path)': check the path.")
    }
    try self.init(bytes: UnsafeRawBufferPointer(start: data.bytes, count: data.length), owner: data)
  }

  /// The completion's own key.
  @inline(__always)
  func key(of document: Int) -> Int { min(Int(documentKeys[document]), keys.count - 1) }

  /// Where a term's postings lie.
  @inline(__always)
  func list(_ term: Int) -> Range<Int> { Int(listStarts[term])..<Int(listStarts[term + 1]) }

  /// The number of the completion whose own key is `key`; nil if there is none.
  func document(withKey key: [UInt8]) -> Int? {
    key.withUnsafeBufferPointer { bytes -> Int? in
      guard let base = bytes.baseAddress else { return nil }
      for number in keys.range(base, bytes.count) {
        guard keys.length(number) == bytes.count else { return nil }
        let document = Int(keyDocuments.values[number])
        if self.key(of: document) == number { return document }
      }
      return nil
    }
  }
}

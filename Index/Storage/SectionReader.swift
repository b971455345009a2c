// SPDX-License-Identifier: Apache-2.0

internal import LMDBStore

/// Reads segments' sections in one read transaction.
struct SectionReader {
  let transaction: ReadTransaction
  let table: Table
  let pinned = PinnedBytes()

  /// A section's payload, its checksum checked.
  func section(
    _ key: SectionKey,
    _ section: Section,
    _ index: Int = 0
  ) throws -> UnsafeRawBufferPointer {
    guard let bytes = try transaction.get(table, key.key(section, index)) else {
      throw IndexError(
        .corrupt,
        "Section \(section) of segment \(key.segment) is missing: restore from a backup."
      )
    }
    return try FormatHeader.unwrap(pinned.pin(bytes), kind: section.kind)
  }

  /// The stored pieces of a long sequence, in order, with their headers.
  func pieces(_ key: SectionKey, _ section: Section) throws -> [UnsafeRawBufferPointer] {
    try transaction.entries(table, prefix: key.prefix + [section.rawValue]).map {
      pinned.pin($0.value)
    }
  }

  /// The documents of a segment that are deleted.
  func deletions(_ key: SectionKey, documentCount: Int) throws -> Bitset {
    var deleted = Bitset(count: documentCount)
    guard let bytes = try transaction.get(table, key.key(.deletions)) else { return deleted }
    let payload = try FormatHeader.unwrap(bytes, kind: .deletions)
    guard payload.count == deleted.words.count * 8 else { throw ByteReader.truncated }
    for index in deleted.words.indices {
      deleted.words[index] = payload.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self)
    }
    return deleted
  }
}

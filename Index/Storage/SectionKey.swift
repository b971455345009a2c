// SPDX-License-Identifier: Apache-2.0
//
// Where a segment's bytes lie in the table "segments":
//
//   key := collection:u32 segment:u64 section:u8 index:u32       big-endian, so keys sort so
//
// `index` is the piece of a long sequence or the number of a column or text field.

/// The parts of a segment, by their byte in the key.
enum Section: UInt8, CaseIterable {
  case dictionary = 1, postings, positions, lengths, column, documents, documentIndex, identifiers
  case deletions

  var kind: FormatKind {
    switch self {
    case .dictionary: .dictionary
    case .postings: .postings
    case .positions: .positions
    case .lengths: .lengths
    case .column: .column
    case .documents: .documents
    case .documentIndex: .documentIndex
    case .identifiers: .identifiers
    case .deletions: .deletions
    }
  }
}

/// Builds keys of the table "segments".
struct SectionKey {
  let collection: UInt32
  let segment: UInt64

  /// The prefix of all keys of the segment.
  var prefix: [UInt8] {
    var key: [UInt8] = []
    LittleEndian.append(collection.byteSwapped, to: &key)
    LittleEndian.append(segment.byteSwapped, to: &key)
    return key
  }

  /// The key of one section, or of one piece or field of it.
  func key(_ section: Section, _ index: Int = 0) -> [UInt8] {
    var key = prefix
    key.append(section.rawValue)
    LittleEndian.append(UInt32(index).byteSwapped, to: &key)
    return key
  }
}

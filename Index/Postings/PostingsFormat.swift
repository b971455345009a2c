// SPDX-License-Identifier: Apache-2.0
//
// A term's postings in one field are stored in one of three ways, told apart in the dictionary's
// payload. All numbers there are LEB128 varints; `at` numbers are positions in a PagedBytes.
//
//   payload   := list*                                 fields ascending
//   list      := (field << 2 | kind) body
//   single(0) := document (frequency - 1) gap*         one document; its positions as gaps
//   short(1)  := count at positionsAt                  2...127 documents, one tail block
//   full(2)   := count at                              128 or more; `at` finds the directory
//
//   directory := blocks:u32 ranges:u32 maximum:f32 zero:u32 blocksAt:u64 positionsAt:u64
//                lastDocument:u32[blocks] block:u32[blocks] positions:u32[blocks] impact:u8[ranges]
//
// `block` and `positions` are relative to blocksAt and positionsAt. `impact`, present where the list
// is dense, bounds the list's saturated frequency s = x / (k1 + x) in each run of 128 documents:
// s <= impact / 255 * maximum, and 0 means that no document of the run is in the list.
//
//   full block := docWidth:u8 tfWidth:u8 docExceptions:u8 tfExceptions:u8
//                 packed(docWidth) packed(tfWidth) exception*     128 gaps less one, 128 tf less one
//   exception  := index:u8 high                         value |= high << width
//                 high is one byte, or four where the count's top bit is set
//   tail block := (gap - 1 << 1 | tf > 1) [tf - 2]      varints, fewer than 128 documents
//   positions  := width:u8 bits                         (gap within a document, the first from zero)

/// Numbers that the postings writer and reader share.
enum PostingsFormat {
  static let blockSize = 128
  /// Documents under one impact byte; also the unit in which queries are scored.
  static let rangeSize = 128
  static let rangeShift = 7
  /// A list with at least documentCount / this many postings stores impacts.
  static let denseDivisor = 64
  static let directoryHeaderSize = 32
  /// Values of a block that may be stored beside the packed ones.
  static let mostExceptions = 127
  /// Set in the count of exceptions whose high parts take four bytes rather than one.
  static let wideExceptions: UInt8 = 0x80
  /// Occurrences of a term kept for one document and field.
  static let frequencyLimit = 1000
  /// Frequencies above this are not worth keeping in the dictionary.
  static let singleFrequencyLimit = 8

  enum Kind: UInt8 {
    case single = 0, short, full
  }
}

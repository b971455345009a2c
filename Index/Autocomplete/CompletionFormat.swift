// SPDX-License-Identifier: Apache-2.0
//
// The bytes of a completion index, wrapped as FormatHeader.swift says, kind A:
//
//   index    := completions:u64 keys:u64 terms:u64 postings:u64 (start:u64 length:u64){21} part*
//
// Parts start at multiples of 16, counted from the start of the index, and 16 or more zero bytes
// follow each. Their order is that of ``CompletionPart``. A completion's number is its rank by score.
//
//   keys     every key (a KeyTable): completions' own keys, with extras, and their aliases
//   extras   flags:u8 [category:varint] [count:varint] [length:varint words] [display]
//            flags: bits 0-1 how the text is written (0 as the key, 1 as the key with capitals, one bit
//            a byte, low bit first, 2 in full, 3 as the key with each word's first letter a capital), 2 category, 3 count, 4-5 kind, 6 further words,
//            7 that the key is an alias, which has no more than this
//   keyDocs  the completion of each key:u32, with its RangeMinimum
//   docKeys  the own key of each completion, packed
//   terms    every word of keys and extras (a KeyTable)
//   lists    where each term's postings start, packed, terms + 1; postings packed, ascending in each list
//   least    the first posting of each term:u32, with its RangeMinimum
//   categories   (length:varint bytes)*

/// The parts of a stored completion index, in order.
enum CompletionPart: Int, CaseIterable {
  case keyBytes, keyBuckets, keyLabels, keyChildren, keyFirst
  case keyDocuments, keyMinima, keySparse, documentKeys, scores
  case termBytes, termBuckets, termLabels, termChildren, termFirst
  case listStarts, postings, least, leastMinima, leastSparse
  case categories
}

/// The numbers at the start of a completion index.
struct CompletionCounts {
  var documents = 0
  var keys = 0
  var terms = 0
  var postings = 0
}

/// Puts a completion index together; ``CompletionParts`` takes it apart.
enum CompletionFormat {
  fileprivate static let headSize = 32 + 16 * CompletionPart.allCases.count
  fileprivate static let slack = 16

  /// Flags of the extras.
  enum Flag {
    static let capitals: UInt8 = 1
    static let full: UInt8 = 2
    static let titleCase: UInt8 = 3
    static let display: UInt8 = 3
    static let category: UInt8 = 4
    static let count: UInt8 = 8
    static let kindShift: UInt8 = 4
    static let words: UInt8 = 64
    static let alias: UInt8 = 128
  }

  /// The stored form of an index.
  static func assemble(_ counts: CompletionCounts, _ part: (CompletionPart) -> [UInt8]) -> [UInt8] {
    var parts: [UInt8] = []
    var head: [UInt8] = []
    for number in [counts.documents, counts.keys, counts.terms, counts.postings] {
      LittleEndian.append(UInt64(number), to: &head)
    }
    for name in CompletionPart.allCases {
      let bytes = part(name)
      let padding = (16 - (headSize + parts.count) % 16) % 16
      parts.append(contentsOf: repeatElement(0, count: padding))
      LittleEndian.append(UInt64(headSize + parts.count), to: &head)
      LittleEndian.append(UInt64(bytes.count), to: &head)
      parts.append(contentsOf: bytes)
      parts.append(contentsOf: repeatElement(0, count: slack))
    }
    return FormatHeader.wrap(head + parts, kind: .completions)
  }

  /// The bytes of 32-bit numbers.
  static func bytes(_ numbers: [UInt32]) -> [UInt8] {
    numbers.withUnsafeBytes(Array.init)
  }
}

/// The counts and parts of a completion index, checked to lie within its bytes.
struct CompletionParts {
  let counts: CompletionCounts
  private let parts: [UnsafeRawBufferPointer]

  /// Takes the payload of an index apart.
  init(_ payload: UnsafeRawBufferPointer) throws(IndexError) {
    var reader = ByteReader(payload)
    var numbers: [Int] = []
    for _ in 0..<(4 + 2 * CompletionPart.allCases.count) {
      guard let number = Int(exactly: try reader.integer(UInt64.self)), number < 1 << 40 else {
        throw ByteReader.truncated
      }
      numbers.append(number)
    }
    var parts: [UnsafeRawBufferPointer] = []
    for index in stride(from: 4, to: numbers.count, by: 2) {
      let (start, length) = (numbers[index], numbers[index + 1])
      guard start % 16 == 0, start + length + CompletionFormat.slack <= payload.count else {
        throw ByteReader.truncated
      }
      parts.append(UnsafeRawBufferPointer(rebasing: payload[start..<(start + length)]))
    }
    self.parts = parts
    counts = CompletionCounts(
      documents: numbers[0],
      keys: numbers[1],
      terms: numbers[2],
      postings: numbers[3]
    )
  }

  /// The bytes of a part.
  subscript(part: CompletionPart) -> UnsafeRawBufferPointer { parts[part.rawValue] }

  /// A part as 32-bit numbers: so many, or all that there are.
  func numbers(
    _ part: CompletionPart,
    count: Int? = nil
  ) throws(IndexError) -> UnsafeBufferPointer<UInt32> {
    let bytes = self[part]
    guard bytes.count == 4 * (count ?? bytes.count / 4) else { throw ByteReader.truncated }
    return bytes.assumingMemoryBound(to: UInt32.self)
  }

  /// The keys.
  func keys() throws(IndexError) -> KeyTable {
    try KeyTable(
      count: counts.keys,
      bytes: self[.keyBytes],
      buckets: try numbers(.keyBuckets),
      labels: self[.keyLabels].assumingMemoryBound(to: UInt8.self),
      children: try numbers(.keyChildren),
      first: try numbers(.keyFirst)
    )
  }

  /// The terms.
  func terms() throws(IndexError) -> KeyTable {
    try KeyTable(
      count: counts.terms,
      bytes: self[.termBytes],
      buckets: try numbers(.termBuckets),
      labels: self[.termLabels].assumingMemoryBound(to: UInt8.self),
      children: try numbers(.termChildren),
      first: try numbers(.termFirst)
    )
  }

  /// Where each term's postings start, and where the last ones end.
  func listStarts() throws(IndexError) -> PackedIntegers {
    let starts = try PackedIntegers(
      self[.listStarts],
      count: counts.terms + 1,
      width: PackedIntegers.width(for: counts.postings)
    )
    guard Int(starts[counts.terms]) == counts.postings,
      (0..<counts.terms).allSatisfy({ starts[$0] < starts[$0 + 1] })
    else { throw ByteReader.truncated }
    return starts
  }

  /// The names of the categories.
  func categories() throws(IndexError) -> [String] {
    var names: [String] = []
    var reader = ByteReader(self[.categories])
    while !reader.isAtEnd {
      let length = try reader.varint()
      names.append(String(decoding: try reader.take(Int(clamping: length)), as: UTF8.self))
    }
    return names
  }
}

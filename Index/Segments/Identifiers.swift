// SPDX-License-Identifier: Apache-2.0
//
// Documents' ids, both ways:
//
//   identifiers := documents:u32 slots:u32 isNumeric:u8 tagBits:u8 zero:u8[2]
//                  slot:u24[slots]                 tag << (24 - tagBits) | document + 1, or 0;
//                                                  linear probing from the hash
//                  numeric: id:u32[documents]
//                  else:    end:u32[documents] bytes
//
// A slot's tag is the low bits of the hash, as many as the documents' numbers leave free: a look-up of
// an id that is not there then reads hardly more than a few slots side by side.
//
// Ids are numeric when each is a decimal below 2^32 without leading zeros, as most shops' are.

/// Builds and reads the ids of one segment.
struct Identifiers {
  /// As many as a term's postings directory has room for in one piece; see PostingsFormat.swift.
  static let mostDocuments = 10_000_000

  /// The bytes for ids, as UTF-8, given in document order.
  static func build(_ ids: [UnsafeBufferPointer<UInt8>]) -> [UInt8] {
    let numbers = ids.map(number)
    let isNumeric = numbers.allSatisfy { $0 != nil }
    let slotCount = max(8, ids.count + ids.count / 3)
    let tagBits = UInt32(max(0, ids.count.leadingZeroBitCount - (Int.bitWidth - 24)))
    var slots = [UInt32](repeating: 0, count: slotCount)
    for (document, id) in ids.enumerated() {
      let hash = Checksum.of(UnsafeRawBufferPointer(id))
      var slot = start(hash, slotCount)
      while slots[slot] != 0 { slot = slot + 1 == slotCount ? 0 : slot + 1 }
      slots[slot] = tag(hash, tagBits) | UInt32(document + 1)
    }
    var bytes: [UInt8] = []
    LittleEndian.append(UInt32(ids.count), to: &bytes)
    LittleEndian.append(UInt32(slotCount), to: &bytes)
    bytes.append(contentsOf: [isNumeric ? 1 : 0, UInt8(tagBits), 0, 0])
    for slot in slots {
      bytes.append(UInt8(truncatingIfNeeded: slot))
      bytes.append(UInt8(truncatingIfNeeded: slot >> 8))
      bytes.append(UInt8(truncatingIfNeeded: slot >> 16))
    }
    if isNumeric {
      for number in numbers { LittleEndian.append(number ?? 0, to: &bytes) }
    } else {
      var end: UInt32 = 0
      for id in ids {
        end += UInt32(id.count)
        LittleEndian.append(end, to: &bytes)
      }
      for id in ids { bytes.append(contentsOf: id) }
    }
    return bytes
  }

  private static func start(_ hash: UInt64, _ slotCount: Int) -> Int {
    Int(hash.multipliedFullWidth(by: UInt64(slotCount)).high)
  }

  /// The tag's bits of a slot.
  private static func tag(_ hash: UInt64, _ bits: UInt32) -> UInt32 {
    (UInt32(truncatingIfNeeded: hash) & (1 << bits - 1)) << (24 - bits)
  }

  /// The number that an id is the plain decimal of, below 2^32, or nil.
  fileprivate static func number(_ id: UnsafeBufferPointer<UInt8>) -> UInt32? {
    guard (1...10).contains(id.count), id.count == 1 || id[0] != UInt8(ascii: "0") else {
      return nil
    }
    var number: UInt64 = 0
    for byte in id {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      number = number * 10 + UInt64(byte - UInt8(ascii: "0"))
    }
    return UInt32(exactly: number)
  }

  private let count: Int
  private let slotCount: Int
  private let isNumeric: Bool
  private let tagBits: UInt32
  private let slots: UnsafeRawBufferPointer
  private let numbers: UnsafeRawBufferPointer
  private let text: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) throws(IndexError) {
    var reader = ByteReader(bytes)
    count = Int(try reader.integer(UInt32.self))
    slotCount = Int(try reader.integer(UInt32.self))
    let flags = try reader.integer(UInt32.self)
    isNumeric = flags & 1 == 1
    tagBits = min(24, flags >> 8 & 0xFF)
    slots = try reader.take(3 * slotCount)
    numbers = try reader.take(4 * count)
    text = try reader.take(reader.remaining)
  }

  /// An id to look for, in any number of segments.
  struct Wanted {
    fileprivate let id: UnsafeBufferPointer<UInt8>
    fileprivate let hash: UInt64
    fileprivate let number: UInt32?

    /// Borrows an id's UTF-8.
    init(_ id: UnsafeBufferPointer<UInt8>) {
      self.id = id
      hash = Checksum.of(UnsafeRawBufferPointer(id))
      number = Identifiers.number(id)
    }
  }

  /// The document with an id, or nil.
  func document(_ id: String) -> Int? {
    var id = id
    return id.withUTF8 { document(Wanted($0)) }
  }

  /// The document with an id, or nil.
  func document(_ wanted: Wanted) -> Int? {
    guard slotCount > 0, !isNumeric || wanted.number != nil else { return nil }
    let tag = Self.tag(wanted.hash, tagBits)
    let documentMask: UInt32 = 1 << (24 - tagBits) - 1
    var slot = Self.start(wanted.hash, slotCount)
    for _ in 0..<slotCount {
      let bytes = (slots[3 * slot], slots[3 * slot + 1], slots[3 * slot + 2])
      let entry = UInt32(bytes.0) | UInt32(bytes.1) << 8 | UInt32(bytes.2) << 16
      if entry == 0 { return nil }
      let document = Int(entry & documentMask) - 1
      if entry & ~documentMask == tag, (0..<count).contains(document) {
        let isEqual =
          isNumeric
          ? number(document) == wanted.number
          : self.bytes(document).elementsEqual(UnsafeRawBufferPointer(wanted.id))
        if isEqual { return document }
      }
      slot = slot + 1 == slotCount ? 0 : slot + 1
    }
    return nil
  }

  private func number(_ document: Int) -> UInt32 {
    numbers.loadUnaligned(fromByteOffset: 4 * document, as: UInt32.self)
  }

  /// The bytes of a document's id, of ids that are not numeric.
  private func bytes(_ document: Int) -> UnsafeRawBufferPointer {
    let (start, end) = (document == 0 ? 0 : Int(number(document - 1)), Int(number(document)))
    guard start <= end, end <= text.count else {
      return UnsafeRawBufferPointer(start: nil, count: 0)
    }
    return UnsafeRawBufferPointer(rebasing: text[start..<end])
  }

  /// The id of a document.
  func id(_ document: Int) -> String {
    isNumeric ? String(number(document)) : String(decoding: bytes(document), as: UTF8.self)
  }
}

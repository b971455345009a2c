// SPDX-License-Identifier: Apache-2.0
//
// Documents' ids, both ways:
//
//   identifiers := documents:u32 slots:u32 isNumeric:u8 zero:u8[3]
//                  slot:u24[slots]                 document + 1, or 0; linear probing from the hash
//                  numeric: id:u32[documents]
//                  else:    end:u32[documents] bytes
//
// Ids are numeric when each is a decimal below 2^32 without leading zeros, as most shops' are.

/// Builds and reads the ids of one segment.
struct Identifiers {
  static let mostDocuments = (1 << 24) - 2

  /// The bytes for ids, as UTF-8, given in document order.
  static func build(_ ids: [UnsafeBufferPointer<UInt8>]) -> [UInt8] {
    let numbers = ids.map(number)
    let isNumeric = numbers.allSatisfy { $0 != nil }
    let slotCount = max(8, ids.count + ids.count / 3)
    var slots = [UInt32](repeating: 0, count: slotCount)
    for (document, id) in ids.enumerated() {
      var slot = start(of: id, slotCount)
      while slots[slot] != 0 { slot = slot + 1 == slotCount ? 0 : slot + 1 }
      slots[slot] = UInt32(document + 1)
    }
    var bytes: [UInt8] = []
    LittleEndian.append(UInt32(ids.count), to: &bytes)
    LittleEndian.append(UInt32(slotCount), to: &bytes)
    bytes.append(contentsOf: [isNumeric ? 1 : 0, 0, 0, 0])
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

  private static func start(of id: UnsafeBufferPointer<UInt8>, _ slotCount: Int) -> Int {
    let hash = Checksum.of(UnsafeRawBufferPointer(id))
    return Int(hash.multipliedFullWidth(by: UInt64(slotCount)).high)
  }

  /// The number that an id is the plain decimal of, below 2^32, or nil.
  private static func number(_ id: UnsafeBufferPointer<UInt8>) -> UInt32? {
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
  private let slots: UnsafeRawBufferPointer
  private let numbers: UnsafeRawBufferPointer
  private let text: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) throws(IndexError) {
    var reader = ByteReader(bytes)
    count = Int(try reader.integer(UInt32.self))
    slotCount = Int(try reader.integer(UInt32.self))
    isNumeric = try reader.integer(UInt32.self) & 1 == 1
    slots = try reader.take(3 * slotCount)
    numbers = try reader.take(4 * count)
    text = try reader.take(reader.remaining)
  }

  /// The document with an id, or nil.
  func document(_ id: String) -> Int? {
    var id = id
    return id.withUTF8(document)
  }

  /// The document with an id given as UTF-8, or nil.
  func document(_ id: UnsafeBufferPointer<UInt8>) -> Int? {
    let wanted = Self.number(id)
    guard slotCount > 0, !isNumeric || wanted != nil else { return nil }
    var slot = Self.start(of: id, slotCount)
    for _ in 0..<slotCount {
      let entry =
        Int(slots[3 * slot]) | Int(slots[3 * slot + 1]) << 8 | Int(slots[3 * slot + 2]) << 16
      if entry == 0 { return nil }
      if entry <= count {
        let isEqual =
          isNumeric
          ? number(entry - 1) == wanted : bytes(entry - 1).elementsEqual(UnsafeRawBufferPointer(id))
        if isEqual { return entry - 1 }
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

// SPDX-License-Identifier: Apache-2.0
//
// Every stored structure is wrapped alike:
//
//   offset  bytes  field
//   0       4      magic    "MTL" and the kind's letter
//   4       2      version  little-endian, from 1
//   6       2      zero
//   8       n      payload
//   8 + n   8      checksum of all bytes before it

/// The kinds of stored structures, by the letter that ends their magic.
enum FormatKind: UInt8 {
  case dictionary = 0x44  // D
  case postings = 0x50  // P
  case positions = 0x4F  // O
  case lengths = 0x4C  // L
  case column = 0x43  // C
  case documents = 0x53  // S
  case documentIndex = 0x49  // I
  case identifiers = 0x4E  // N
  case manifest = 0x4D  // M
  case deletions = 0x58  // X
  case setting = 0x54  // T
  case completions = 0x41  // A
}

/// Wraps and unwraps stored structures.
enum FormatHeader {
  static let size = 8
  static let version: UInt16 = 1
  private static let magic: [UInt8] = Array("MTL".utf8)

  /// The payload with its header and checksum.
  static func wrap(_ payload: [UInt8], kind: FormatKind) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(payload.count + 16)
    bytes.append(contentsOf: magic)
    bytes.append(kind.rawValue)
    LittleEndian.append(version, to: &bytes)
    LittleEndian.append(UInt16(0), to: &bytes)
    bytes.append(contentsOf: payload)
    let sum = bytes.withUnsafeBytes { Checksum.of($0) }
    LittleEndian.append(sum, to: &bytes)
    return bytes
  }

  /// The payload of a stored structure, after its header and, if asked, its checksum are checked.
  static func unwrap(
    _ bytes: UnsafeRawBufferPointer,
    kind: FormatKind,
    verify: Bool = true
  ) throws(IndexError) -> UnsafeRawBufferPointer {
    guard bytes.count >= size + 8, bytes[0] == magic[0], bytes[1] == magic[1],
      bytes[2] == magic[2], bytes[3] == kind.rawValue
    else {
      throw IndexError(.corrupt, "A stored \(kind) is damaged: restore from a backup.")
    }
    let found = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt16.self))
    guard found >= version else {
      throw IndexError(
        .tooOld,
        "A stored \(kind) has format \(found): export with the version that wrote it."
      )
    }
    guard found <= version else {
      throw IndexError(.tooNew, "A stored \(kind) has format \(found): use a newer martlet.")
    }
    if verify { try check(bytes, kind: kind) }
    return UnsafeRawBufferPointer(rebasing: bytes[size..<(bytes.count - 8)])
  }

  /// Checks the checksum at the end.
  static func check(_ bytes: UnsafeRawBufferPointer, kind: FormatKind) throws(IndexError) {
    let body = UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count - 8)])
    let sum = bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self)
    guard Checksum.of(body) == UInt64(littleEndian: sum) else {
      throw IndexError(
        .corrupt,
        "The checksum of a stored \(kind) does not match: restore from a backup."
      )
    }
  }
}

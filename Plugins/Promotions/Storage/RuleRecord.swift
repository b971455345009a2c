// SPDX-License-Identifier: Apache-2.0
//
// A rule as stored, wrapped like every stored value:
//
//   offset  bytes  field
//   0       4      "MTLU"
//   4       2      version, little-endian, from 1
//   6       2      zero
//   8       n      the rule as JSON, as clients read it; nothing for the record of the set itself
//   8 + n   8      FNV-1a, 64 bits, of all bytes before it, little-endian

internal import JSON

/// Wraps and unwraps stored rules.
enum RuleRecord {
  private static let magic = Array("MTLU".utf8)
  private static let version: UInt16 = 1

  static func encode(_ rule: CurationRule?) -> [UInt8] {
    var bytes = magic + [UInt8(version & 0xFF), UInt8(version >> 8), 0, 0]
    if let rule { bytes += rule.json.serialized() }
    let sum = checksum(bytes[...])
    bytes += (0..<8).map { UInt8(truncatingIfNeeded: sum >> ($0 * 8)) }
    return bytes
  }

  /// The rule of a record; nil for the record of a set.
  static func decode(_ stored: UnsafeRawBufferPointer) throws(CurationError) -> CurationRule? {
    let bytes = [UInt8](stored)
    guard bytes.count >= 16, bytes.starts(with: magic) else { throw damaged }
    guard UInt16(bytes[4]) | UInt16(bytes[5]) << 8 == version else {
      throw CurationError(
        .corrupt,
        "A stored curation rule has another format version: use the martlet that wrote it."
      )
    }
    let sum = bytes.suffix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard checksum(bytes.dropLast(8)) == sum else { throw damaged }
    guard bytes.count > 16 else { return nil }
    guard let json = try? JSON(parsing: Array(bytes[8..<(bytes.count - 8)])) else { throw damaged }
    return try CurationRule(json: json)
  }

  private static var damaged: CurationError {
    CurationError(.corrupt, "A stored curation rule is damaged: restore from a backup.")
  }

  /// FNV-1a; each step is a bijection of the state, so any single flipped bit changes the sum.
  private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import UnicodeText

/// How the scalars below U+0250 are cut and folded, learned from ICU once.
///
/// Between these letters and digits ICU never sees a boundary, and each folds by itself, since none
/// is a combining mark; so text made of them needs no ICU. `analyzeUnicode` is the model.
struct LatinTable {
  /// Scalars in the table.
  static let count = 0x250

  /// What a scalar is: bytes of its folded form (1...4), or one of the marks below.
  static let separator: UInt8 = 0
  /// A scalar that ICU must judge.
  static let unknown: UInt8 = 255

  let lengths: [UInt8]
  /// The folded form, first byte lowest.
  let folded: [UInt32]

  init(_ folding: Folding) {
    var (lengths, folded) = ([UInt8](), [UInt32]())
    for value in 0..<Self.count {
      let unit = UInt16(value)
      var length = Self.separator
      var packed: UInt32 = 0
      if value == 0xAD {
        length = Self.unknown
      } else if Folding.isWordScalar(Int32(unit)) {
        let utf8 = Array(String(decoding: folding.fold([unit]), as: UTF16.self).utf8)
        length = (1...4).contains(utf8.count) ? UInt8(utf8.count) : Self.unknown
        for (index, byte) in utf8.prefix(4).enumerated() {
          packed |= UInt32(byte) << UInt32(8 * index)
        }
      }
      lengths.append(length)
      folded.append(packed)
    }
    (self.lengths, self.folded) = (lengths, folded)
  }

  /// Whether a scalar outside the table stands between words and changes nothing about them:
  /// dashes, quotes, bullets, currency signs, arrows, operators, ™.
  @inline(__always)
  static func separates(_ scalar: UInt32) -> Bool {
    (0x2010...0x2027).contains(scalar) || (0x2030...0x205E).contains(scalar)
      || (0x20A0...0x20BF).contains(scalar) || (0x2190...0x22FF).contains(scalar)
      || scalar == 0x2122
  }
}

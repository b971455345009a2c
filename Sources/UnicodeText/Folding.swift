// SPDX-License-Identifier: Apache-2.0

import CICU

/// Makes spellings that a shopper takes for the same equal: case, width, compatibility forms and
/// accents.
public struct Folding: @unchecked Sendable {
  private let casefold: OpaquePointer
  private let decompose: OpaquePointer
  private let compose: OpaquePointer

  /// Letters with strokes and ligatures, which Unicode does not decompose.
  private static let plain: [UInt16: [UInt16]] = {
    let pairs: [(Character, String)] = [
      ("ø", "o"), ("ł", "l"), ("đ", "d"), ("æ", "ae"), ("œ", "oe"), ("þ", "th"), ("ð", "d"),
      ("ı", "i"), ("ħ", "h"), ("ŧ", "t"),
    ]
    return Dictionary(
      uniqueKeysWithValues: pairs.compactMap { from, to in
        from.utf16.first.map { ($0, Array(to.utf16)) }
      }
    )
  }()

  /// Loads ICU's tables; nil if they are missing.
  public init?() {
    guard let casefold = martlet_nfkc_casefold(), let decompose = martlet_nfd(),
      let compose = martlet_nfc()
    else { return nil }
    (self.casefold, self.decompose, self.compose) = (casefold, decompose, compose)
  }

  /// The folded form of UTF-16 text: NFKC case folding, accents of Latin, Greek, Cyrillic, Arabic
  /// and Hebrew letters removed, NFC.
  public func fold(_ text: [UInt16]) -> [UInt16] {
    let letters = normalize(normalize(text, casefold), decompose)
    var kept: [UInt16] = []
    kept.reserveCapacity(letters.count)
    var dropsMarks = false
    var index = 0
    while index < letters.count {
      let (scalar, width) = Self.scalar(letters, index)
      if martlet_is_mark(scalar) != 0 {
        if !dropsMarks { kept.append(contentsOf: letters[index..<(index + width)]) }
      } else {
        dropsMarks = martlet_has_accents(scalar) != 0
        if width == 1, let plain = Self.plain[letters[index]] {
          kept.append(contentsOf: plain)
        } else {
          kept.append(contentsOf: letters[index..<(index + width)])
        }
      }
      index += width
    }
    return normalize(kept, compose)
  }

  /// Whether a scalar belongs to words: letters, digits, and marks on them.
  public static func isWordScalar(_ scalar: Int32) -> Bool {
    martlet_is_alphanumeric(scalar) != 0 || martlet_is_mark(scalar) != 0
  }

  /// Whether a scalar shows nothing and joins or parts letters only on screen: soft hyphen,
  /// zero-width joiner and non-joiner, word joiner; folding drops them.
  public static func isInvisible(_ scalar: Int32) -> Bool {
    scalar == 0xAD || scalar == 0x200C || scalar == 0x200D || scalar == 0x2060
  }

  /// The scalar at an index and how many code units it takes.
  public static func scalar(_ text: [UInt16], _ index: Int) -> (Int32, Int) {
    let unit = text[index]
    if UTF16.isLeadSurrogate(unit), index + 1 < text.count,
      UTF16.isTrailSurrogate(text[index + 1])
    {
      return (0x10000 + (Int32(unit) - 0xD800) << 10 + (Int32(text[index + 1]) - 0xDC00), 2)
    }
    return (Int32(unit), 1)
  }

  private func normalize(_ text: [UInt16], _ form: OpaquePointer) -> [UInt16] {
    Normalizer.normalize(text, form)
  }
}

// SPDX-License-Identifier: Apache-2.0

import CICU

/// Spells words of other scripts in Latin letters, as people type them on a Latin keyboard: pinyin
/// for Han, romaji for kana, BGN's table for Cyrillic, ICU's for Greek and Hangul.
///
/// One thread at a time.
public final class Transliterator {
  private static let identifier =
    "Han-Latin; Katakana-Latin; Hiragana-Latin; Russian-Latin/BGN; Greek-Latin; Hangul-Latin"

  private let latin: OpaquePointer
  private let hiragana: OpaquePointer

  /// Loads ICU's rules; nil if they are missing.
  public init?() {
    guard let latin = martlet_transliterator_open(Self.identifier) else { return nil }
    guard let hiragana = martlet_transliterator_open("Katakana-Hiragana") else {
      martlet_transliterator_close(latin)
      return nil
    }
    (self.latin, self.hiragana) = (latin, hiragana)
  }

  deinit {
    martlet_transliterator_close(latin)
    martlet_transliterator_close(hiragana)
  }

  /// The Latin spelling, with accents, syllables of Han parted by spaces; nil if ICU fails.
  public func latin(_ text: String) -> String? { rewrite(text, latin) }

  /// The text with Katakana written in Hiragana; nil if ICU fails.
  public func hiragana(_ text: String) -> String? { rewrite(text, hiragana) }

  private func rewrite(_ text: String, _ rules: OpaquePointer) -> String? {
    let units = Array(text.utf16)
    // A Han character takes at most seven Latin ones ("zhuāng "); ICU fails if this is too little.
    let capacity = units.count * 12 + 64
    return withUnsafeTemporaryAllocation(of: UInt16.self, capacity: capacity) { buffer in
      guard let base = buffer.baseAddress else { return nil }
      _ = buffer.update(fromContentsOf: units)
      let length = martlet_transliterate(rules, base, Int32(units.count), Int32(capacity))
      guard length >= 0 else { return nil }
      return String(decoding: buffer[..<Int(length)], as: UTF16.self)
    }
  }
}

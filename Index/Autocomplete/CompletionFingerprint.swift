// SPDX-License-Identifier: Apache-2.0

/// Tells texts that are as good as the same completion.
///
/// Those are equal but for case, accents, punctuation, spaces between letters and the plural's "s".
/// One thread at a time.
public final class CompletionFingerprint {
  private let text: CompletionText

  /// Prepares to fold texts.
  ///
  /// - Throws: ``IndexError`` if ICU's data is missing.
  public init() throws(IndexError) { text = try CompletionText() }

  /// The same bytes for texts that are as good as the same; none for one of punctuation only.
  public func callAsFunction(_ written: String) -> [UInt8] {
    Self.of(text.fold(written, isQuery: false).key)
  }

  /// The fingerprint of a key.
  static func of(_ key: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    key.withUnsafeBufferPointer { append($0, to: &result) }
    return result
  }

  /// Appends the key without spaces between letters and without the plural's "s".
  ///
  /// "ss" is no plural, and a word keeps at least three letters.
  static func append(_ key: UnsafeBufferPointer<UInt8>, to result: inout [UInt8]) {
    var wordStart = 0
    for index in 0...key.count {
      guard index == key.count || key[index] == 0x20 else { continue }
      var end = index
      if end - wordStart > 3, key[end - 1] == 0x73, key[end - 2] != 0x73, isLetter(key[end - 2]) {
        end -= 1
      }
      if wordStart > 0, !isLetter(key[wordStart]) || !(result.last.map(isLetter) ?? false) {
        result.append(0x20)
      }
      result.append(contentsOf: key[wordStart..<end])
      wordStart = index + 1
    }
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
}

// SPDX-License-Identifier: Apache-2.0

import CICU

/// Finds words in text of any language with ICU's root rules: Unicode's word boundaries, and ICU's
/// dictionaries for runs of Chinese, Japanese, Thai, Khmer, Lao and Burmese.
///
/// One thread at a time.
public final class WordBreaker {
  private let iterator: OpaquePointer

  /// Creates a breaker; nil if ICU's data cannot be loaded.
  public init?() {
    var status = U_ZERO_ERROR
    guard let iterator = martlet_ubrk_open_word(&status), status.rawValue <= 0 else { return nil }
    self.iterator = iterator
  }

  deinit { martlet_ubrk_close(iterator) }

  /// Calls `body` with each segment of UTF-16 text, words and what lies between alike.
  public func forEachSegment(_ text: [UInt16], _ body: (Range<Int>) -> Void) {
    text.withUnsafeBufferPointer { buffer in
      var status = U_ZERO_ERROR
      martlet_ubrk_set_text(iterator, buffer.baseAddress, Int32(buffer.count), &status)
      guard status.rawValue <= 0 else { return }
      var start = martlet_ubrk_first(iterator)
      while true {
        let end = martlet_ubrk_next(iterator)
        guard end > start else { return }
        body(Int(start)..<Int(end))
        start = end
      }
    }
  }
}

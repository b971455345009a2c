// SPDX-License-Identifier: Apache-2.0

import CICU

/// Finds words in text of any language with ICU's root rules: Unicode's word boundaries, and ICU's
/// dictionaries for runs of Chinese, Japanese, Thai, Khmer, Lao and Burmese.
///
/// One thread at a time.
public final class WordBreaker {
  private let handle: OpaquePointer

  /// Creates a breaker; nil if ICU's data cannot be loaded.
  public init?() {
    guard let handle = martlet_breaker_open() else { return nil }
    self.handle = handle
  }

  deinit { martlet_breaker_close(handle) }

  /// Calls `body` with each segment of UTF-16 text, words and what lies between alike.
  public func forEachSegment(_ text: [UInt16], _ body: (Range<Int>) -> Void) {
    text.withUnsafeBufferPointer { buffer in
      guard martlet_breaker_set_text(handle, buffer.baseAddress, Int32(buffer.count)) == 0 else {
        return
      }
      var start = 0
      while true {
        let end = Int(martlet_breaker_next(handle))
        guard end > start else { return }
        body(start..<end)
        start = end
      }
    }
  }
}

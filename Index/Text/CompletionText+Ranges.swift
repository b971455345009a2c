// SPDX-License-Identifier: Apache-2.0

extension CompletionText {
  /// Where ranges of an ASCII text's key, ascending and apart, lie in the text; nil for other texts.
  ///
  /// The same as by folding with a map, without the map: most texts are ASCII, and what was typed is
  /// mostly at their start.
  static func asciiRanges(_ ranges: [Range<Int>], _ shown: String) -> [Range<Int>]? {
    var shown = shown
    return shown.withUTF8 { text in
      guard text.allSatisfy({ $0 < 0x80 }) else { return nil }
      var result: [Range<Int>] = []
      var rest = ranges[...]
      rest = rest.drop(while: \.isEmpty)
      var (length, low, isParted) = (0, 0, false)
      // Takes the next byte of the key, which stands for these bytes of the text.
      func take(_ start: Int, _ end: Int) {
        if let range = rest.first {
          if length == range.lowerBound { low = start }
          if length == range.upperBound - 1 {
            if low < end { result.append(low..<end) }
            rest = rest.dropFirst().drop(while: \.isEmpty)
          }
        }
        length += 1
      }
      for (place, byte) in text.enumerated() where !rest.isEmpty {
        let folded = table[Int(byte)]
        guard folded > 1 else {
          isParted = isParted || folded == 0
          continue
        }
        guard length + 2 <= longestKey else { break }
        if isParted, length > 0 { take(place, place) }
        isParted = false
        take(place, place + 1)
      }
      return result
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
//
// Text to terms, the same for documents and queries. A token is a maximal run of letters, digits and
// marks inside one ICU word: "RTX-4090" gives rtx, 4090 and "3.5" gives 3, 5, while ICU's
// dictionaries cut 无线耳机 into words. No ICU boundary lies inside a run of Latin letters and digits,
// so a fast path looks for those runs alone. Where it meets anything else, ICU is asked about the
// text between the spaces around; no ICU rule looks past a space that a plain letter follows.

internal import UnicodeText

/// Cuts text into folded terms.
///
/// One thread at a time.
public final class Analyzer {
  private let breaker: WordBreaker
  private let folding: Folding
  private let latin: LatinTable
  /// The same for all analyzers.
  private static let sharedLatin = Folding().map { LatinTable($0) }

  /// Creates an analyzer.
  ///
  /// - Throws: ``IndexError`` if ICU's data is missing.
  public init() throws(IndexError) {
    guard let breaker = WordBreaker(), let folding = Folding(), let latin = Self.sharedLatin else {
      throw IndexError(.io, "ICU's data could not be loaded: install libicu72.")
    }
    (self.breaker, self.folding, self.latin) = (breaker, folding, latin)
  }

  /// Replaces the content of `buffer` by the tokens of UTF-8 text.
  public func analyze(_ text: UnsafeBufferPointer<UInt8>, into buffer: TokenBuffer) {
    buffer.truncate(to: 0)
    var start = 0
    while start < text.count {
      let stopped = analyzeLatin(text, from: start, into: buffer)
      guard stopped < text.count else { return }
      start = Self.nextStart(text, after: stopped)
      analyzeUnicode(
        UnsafeBufferPointer(rebasing: text[stopped..<start]),
        base: stopped,
        into: buffer
      )
    }
  }

  /// Replaces the content of `buffer` by the tokens of a string.
  public func analyze(_ text: String, into buffer: TokenBuffer) {
    var text = text
    text.withUTF8 { analyze($0, into: buffer) }
  }

  /// Appends tokens until the text ends or ICU is needed.
  ///
  /// - Returns: The text's end, or the start of the part that ICU must cut, none of whose tokens are
  ///   in the buffer.
  private func analyzeLatin(
    _ text: UnsafeBufferPointer<UInt8>,
    from first: Int,
    into buffer: TokenBuffer
  ) -> Int {
    latin.lengths.withUnsafeBufferPointer { lengths in
      latin.folded.withUnsafeBufferPointer { folded in
        withUnsafeTemporaryAllocation(
          of: UInt8.self,
          capacity: TokenBuffer.longestTerm + 4
        ) { term in
          var (index, partStart, partTokens) = (first, first, buffer.count)
          var (wordStart, length) = (first, 0)
          while index < text.count {
            let byte = text[index]
            var (scalar, width) = (Int(byte), 1)
            if byte >= 0x80 {
              let (decoded, bytes) = Self.decode(text, index)
              guard decoded < LatinTable.count || LatinTable.separates(decoded) else {
                buffer.truncate(to: partTokens)
                return partStart
              }
              (scalar, width) = (Int(decoded), bytes)
            }
            let kind = scalar < LatinTable.count ? lengths[scalar] : LatinTable.separator
            if kind == LatinTable.separator {
              if length > 0 {
                buffer.append(UnsafeBufferPointer(rebasing: term[..<length]), wordStart, index)
                length = 0
              }
              index += width
              if byte == 0x20, Self.startsPlainly(text, index) {
                (partStart, partTokens) = (index, buffer.count)
              }
              continue
            }
            guard kind != LatinTable.unknown else {
              buffer.truncate(to: partTokens)
              return partStart
            }
            if length == 0 { wordStart = index }
            if kind == 1, length < TokenBuffer.longestTerm {
              term[length] = UInt8(truncatingIfNeeded: folded[scalar])
              length += 1
            } else if length <= TokenBuffer.longestTerm {
              // Bytes past the limit make `append` cut the term at a scalar's end.
              var rest = folded[scalar]
              for place in length..<min(length + Int(kind), TokenBuffer.longestTerm + 4) {
                term[place] = UInt8(truncatingIfNeeded: rest)
                rest >>= 8
              }
              length += Int(kind)
            }
            index += width
          }
          if length > 0 {
            buffer.append(UnsafeBufferPointer(rebasing: term[..<length]), wordStart, index)
          }
          return text.count
        }
      }
    }
  }

  /// The scalar at an index and its width; U+FFFF for what is no scalar of two or three bytes.
  @inline(__always)
  private static func decode(_ text: UnsafeBufferPointer<UInt8>, _ index: Int) -> (UInt32, Int) {
    let first = UInt32(text[index])
    if first & 0xE0 == 0xC0, index + 1 < text.count, text[index + 1] & 0xC0 == 0x80 {
      let scalar = (first & 0x1F) << 6 | UInt32(text[index + 1] & 0x3F)
      return scalar >= 0x80 ? (scalar, 2) : (0xFFFF, 1)
    }
    if first & 0xF0 == 0xE0, index + 2 < text.count, text[index + 1] & 0xC0 == 0x80,
      text[index + 2] & 0xC0 == 0x80
    {
      let scalar =
        (first & 0x0F) << 12 | UInt32(text[index + 1] & 0x3F) << 6 | UInt32(text[index + 2] & 0x3F)
      return scalar >= 0x800 ? (scalar, 3) : (0xFFFF, 1)
    }
    return (0xFFFF, 1)
  }

  /// Whether what follows a space can be cut without looking back past it: ASCII or a Latin letter,
  /// not a mark or an invisible character that would cling to the space.
  @inline(__always)
  private static func startsPlainly(_ text: UnsafeBufferPointer<UInt8>, _ index: Int) -> Bool {
    guard index < text.count else { return true }
    return text[index] < 0x80 || (0xC3...0xC8).contains(text[index])
  }

  /// The next place after `index` where a new part starts.
  private static func nextStart(_ text: UnsafeBufferPointer<UInt8>, after index: Int) -> Int {
    var next = index + 1
    while next < text.count {
      if text[next - 1] == 0x20, startsPlainly(text, next) { return next }
      next += 1
    }
    return text.count
  }

  /// The general path, which the fast one must not be told from.
  ///
  /// - Parameters:
  ///   - text: UTF-8.
  ///   - base: Where it starts in the source.
  ///   - buffer: Where tokens are appended.
  func analyzeUnicode(
    _ text: UnsafeBufferPointer<UInt8>,
    base: Int = 0,
    into buffer: TokenBuffer
  ) {
    var units: [UInt16] = []
    // byteOffsets[i] is where the scalar of code unit i starts in the source.
    var byteOffsets: [Int32] = []
    units.reserveCapacity(text.count)
    byteOffsets.reserveCapacity(text.count + 1)
    var byte = 0
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
      for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter {
        units.append(unit)
        byteOffsets.append(Int32(byte))
      }
      byte += UTF8.width(scalar)
    }
    byteOffsets.append(Int32(byte))
    breaker.forEachSegment(units) { segment in
      var index = segment.lowerBound
      while index < segment.upperBound {
        let start = index
        while index < segment.upperBound {
          let (scalar, width) = Folding.scalar(units, index)
          // Soft hyphens and joiners inside a word are not seen and must not cut it.
          guard
            Folding.isWordScalar(scalar) || (index > start && Folding.isInvisible(scalar))
          else { break }
          index += width
        }
        if index == start {
          index += Folding.scalar(units, index).1
          continue
        }
        let folded = String(decoding: folding.fold(Array(units[start..<index])), as: UTF16.self)
        Array(folded.utf8).withUnsafeBufferPointer {
          buffer.append($0, base + Int(byteOffsets[start]), base + Int(byteOffsets[index]))
        }
      }
    }
  }
}

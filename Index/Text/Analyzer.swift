// SPDX-License-Identifier: Apache-2.0
//
// Text to terms, the same for documents and queries. A token is a maximal run of letters, digits and
// marks inside one ICU word: "RTX-4090" gives rtx, 4090 and "3.5" gives 3, 5, while ICU's
// dictionaries cut 无线耳机 into words. In pure ASCII no ICU boundary lies inside such a run, so the
// fast path, which looks for runs alone, gives the same tokens without asking ICU.

internal import UnicodeText

/// Cuts text into folded terms.
///
/// One thread at a time.
public final class Analyzer {
  private let breaker: WordBreaker
  private let folding: Folding

  /// For each ASCII byte, its lower-case form if it belongs to a word, else 0.
  private static let folded: [UInt8] = (0...255).map { byte in
    switch UInt8(byte) {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"): UInt8(byte)
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt8(byte) + 32
    default: 0
    }
  }

  /// Creates an analyzer.
  ///
  /// - Throws: ``IndexError`` if ICU's data is missing.
  public init() throws(IndexError) {
    guard let breaker = WordBreaker(), let folding = Folding() else {
      throw IndexError(.io, "ICU's data could not be loaded: install libicu72.")
    }
    (self.breaker, self.folding) = (breaker, folding)
  }

  /// Replaces the content of `buffer` by the tokens of UTF-8 text.
  public func analyze(_ text: UnsafeBufferPointer<UInt8>, into buffer: inout TokenBuffer) {
    buffer.removeAll()
    if !analyzeASCII(text, into: &buffer) {
      buffer.removeAll()
      analyzeUnicode(text, into: &buffer)
    }
  }

  /// Replaces the content of `buffer` by the tokens of a string.
  public func analyze(_ text: String, into buffer: inout TokenBuffer) {
    var text = text
    text.withUTF8 { analyze($0, into: &buffer) }
  }

  /// Returns false, with part of the tokens in `buffer`, at the first byte that is not ASCII.
  private func analyzeASCII(
    _ text: UnsafeBufferPointer<UInt8>,
    into buffer: inout TokenBuffer
  ) -> Bool {
    Self.folded.withUnsafeBufferPointer { table in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: TokenBuffer.longestTerm) { term in
        var index = 0
        while index < text.count {
          var byte = text[index]
          guard byte < 0x80 else { return false }
          guard table[Int(byte)] != 0 else {
            index += 1
            continue
          }
          let start = index
          var length = 0
          while true {
            let folded = table[Int(byte)]
            guard folded != 0 else { break }
            if length < TokenBuffer.longestTerm {
              term[length] = folded
              length += 1
            }
            index += 1
            guard index < text.count else { break }
            byte = text[index]
            guard byte < 0x80 else { return false }
          }
          buffer.append(UnsafeBufferPointer(rebasing: term[..<length]), start, index)
        }
        return true
      }
    }
  }

  /// The general path; the fast path must agree with it on ASCII.
  func analyzeUnicode(_ text: UnsafeBufferPointer<UInt8>, into buffer: inout TokenBuffer) {
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
          guard Folding.isWordScalar(scalar) else { break }
          index += width
        }
        if index == start {
          index += Folding.scalar(units, index).1
          continue
        }
        let folded = String(decoding: folding.fold(Array(units[start..<index])), as: UTF16.self)
        Array(folded.utf8).withUnsafeBufferPointer {
          buffer.append($0, Int(byteOffsets[start]), Int(byteOffsets[index]))
        }
      }
    }
  }
}

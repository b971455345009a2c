// SPDX-License-Identifier: Apache-2.0

import UnicodeText

/// Cuts texts into words as BERT does before it looks for word pieces.
///
/// Control characters are dropped, Han characters stand alone, and each punctuation character is a
/// word; for models without case accents are stripped (NFD by ICU without nonspacing marks) and
/// letters become lower case.
/// Categories are those of Unicode 8, which the reference implementation's tables have: to it a
/// younger mark or punctuation character is a letter.
///
/// Source: Devlin et al., BERT, 2019; the reference is Hugging Face's `tokenizers`.
struct BasicTokenizer: Sendable {
  private let decomposition: Normalizer
  private let isLowerCase: Bool

  init(isLowerCase: Bool) throws(TokenizerError) {
    self.isLowerCase = isLowerCase
    guard let decomposition = Normalizer.decomposition else {
      throw TokenizerError("ICU's normalization tables are missing: install libicu.")
    }
    self.decomposition = decomposition
  }

  /// Calls `body` with each word's UTF-8 until it returns false.
  func forEachWord(of text: some StringProtocol, _ body: @escaping ([UInt8]) -> Bool) {
    var words = WordCutter(isLowerCase: isLowerCase, body: body)
    if text.utf8.allSatisfy({ $0 < 0x80 }) {
      for byte in text.utf8 where words.wantsMore { words.takeASCII(byte) }
    } else {
      for scalar in decomposed(text) where words.wantsMore { words.take(scalar) }
    }
    words.end()
  }

  private func decomposed(_ text: some StringProtocol) -> String.UnicodeScalarView {
    var units: [UInt16] = []
    for scalar in text.unicodeScalars {
      switch ScalarClass(scalar) {
      case .control: continue
      case .han: units += [0x20] + Array(scalar.utf16) + [0x20]
      default: units += scalar.utf16
      }
    }
    let text = isLowerCase ? decomposition.normalize(units) : units
    return String(decoding: text, as: UTF16.self).unicodeScalars
  }
}

/// Collects characters to words.
private struct WordCutter {
  let isLowerCase: Bool
  let body: ([UInt8]) -> Bool
  var word: [UInt8] = []
  var wantsMore = true

  init(isLowerCase: Bool, body: @escaping ([UInt8]) -> Bool) {
    self.isLowerCase = isLowerCase
    self.body = body
  }

  mutating func end() {
    guard !word.isEmpty, wantsMore else { return }
    wantsMore = body(word)
    word.removeAll(keepingCapacity: true)
  }

  mutating func takeASCII(_ byte: UInt8) {
    switch byte {
    case 0x61...0x7A, 0x30...0x39: word.append(byte)
    case 0x41...0x5A: word.append(isLowerCase ? byte | 0x20 : byte)
    case 0x20, 0x09, 0x0A, 0x0D: end()
    case 0x00..<0x20, 0x7F: break
    default: takePunctuation([byte])
    }
  }

  mutating func take(_ scalar: Unicode.Scalar) {
    if scalar.isASCII { return takeASCII(UInt8(scalar.value)) }
    switch ScalarClass(scalar) {
    case .space: end()
    case .control: break
    case .mark where isLowerCase: break
    case .punctuation: takePunctuation(Array(scalar.utf8))
    case .mark, .han, .letter:
      if isLowerCase {
        word += scalar.properties.lowercaseMapping.utf8
      } else {
        word += scalar.utf8
      }
    }
  }

  private mutating func takePunctuation(_ bytes: [UInt8]) {
    end()
    word = bytes
    end()
  }
}

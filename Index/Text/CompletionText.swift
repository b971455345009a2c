// SPDX-License-Identifier: Apache-2.0
//
// Text to completion keys. A key is the text folded as in Folding.swift, its words parted by single
// spaces, without apostrophes: "Men's RTX-4090" gives "mens rtx 4090". Runs of Chinese or Thai stay
// whole, so that the key of what was typed so far begins the key of the whole text whatever a
// dictionary says; the words found in them are kept beside the key. Every emoji is a word.

internal import UnicodeText

/// A text's key and where its parts come from.
struct FoldedText {
  /// The folded words, parted by single spaces; at most ``CompletionText/longestKey`` bytes.
  var key: [UInt8] = []
  /// The key with spaces also between words that only a dictionary tells apart.
  var words: [UInt8] = []
  /// For each byte of ``key`` and one past it, where in the source its cluster starts.
  var starts: [Int32] = []
  /// For each byte of ``key``, where in the source its cluster ends.
  var ends: [Int32] = []
  /// Whether every source byte was ASCII.
  var isASCII = true
  /// Whether words of its script are found with a dictionary.
  var needsDictionary = false
}

/// Folds completions and queries; one thread at a time.
final class CompletionText {
  /// Longer keys are cut after a cluster.
  static let longestKey = 240

  private enum Kind { case separator, word, pictograph }
  private struct Piece {
    var bytes: [UInt8]
    var kind: Kind
    var needsDictionary: Bool
  }

  private let folding: Folding
  let breaker: WordBreaker
  /// Loaded when it is first needed, which takes milliseconds; nil if ICU lacks its rules.
  private(set) lazy var transliterator = Transliterator()
  private var pieces: [Character: Piece] = [:]
  private static let mostPieces = 1 << 14

  /// For each ASCII byte its lower-case form in a word, 0 for a separator, 1 for what is dropped.
  static let table: [UInt8] = (0...127).map { byte in
    switch UInt8(byte) {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"): UInt8(byte)
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt8(byte) + 32
    case UInt8(ascii: "'"): 1
    default: 0
    }
  }

  /// Loads ICU's tables.
  ///
  /// - Throws: ``IndexError`` if they are missing.
  init() throws(IndexError) {
    guard let folding = Folding(), let breaker = WordBreaker() else {
      throw IndexError(.io, "ICU's data could not be loaded: install libicu72.")
    }
    self.folding = folding
    self.breaker = breaker
  }

  /// Folds `text` into `result`.
  ///
  /// - Parameters:
  ///   - text: UTF-8; what is not valid counts as a separator.
  ///   - isQuery: Whether a separator at the end is kept as a space: the last word is finished.
  ///   - isMapped: Whether ``FoldedText/starts`` and ``FoldedText/ends`` are filled.
  ///   - result: Is overwritten; its arrays keep their capacity.
  func fold(
    _ text: UnsafeBufferPointer<UInt8>,
    isQuery: Bool,
    isMapped: Bool = false,
    into result: inout FoldedText
  ) {
    result.key.removeAll(keepingCapacity: true)
    result.words.removeAll(keepingCapacity: true)
    result.starts.removeAll(keepingCapacity: true)
    result.ends.removeAll(keepingCapacity: true)
    result.isASCII = true
    result.needsDictionary = false
    if isMapped || !foldASCII(text, isQuery: isQuery, into: &result.key) {
      result.key.removeAll(keepingCapacity: true)
      foldUnicode(text, isQuery: isQuery, isMapped: isMapped, into: &result)
    }
    if result.needsDictionary {
      cutWords(&result)
    } else {
      result.words.append(contentsOf: result.key)
    }
  }

  /// Folds a string; see the other `fold`.
  func fold(_ text: String, isQuery: Bool, isMapped: Bool = false) -> FoldedText {
    var result = FoldedText()
    var text = text
    text.withUTF8 { fold($0, isQuery: isQuery, isMapped: isMapped, into: &result) }
    return result
  }

  /// Returns false, with part of the key written, at the first byte that is not ASCII.
  private func foldASCII(
    _ text: UnsafeBufferPointer<UInt8>,
    isQuery: Bool,
    into key: inout [UInt8]
  ) -> Bool {
    Self.table.withUnsafeBufferPointer { table in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.longestKey + 2) { out in
        var count = 0
        var isParted = false
        for byte in text {
          guard byte < 0x80 else { return false }
          let folded = table[Int(byte)]
          guard folded > 1 else {
            isParted = isParted || folded == 0
            continue
          }
          guard count + 2 <= Self.longestKey else { continue }
          if isParted, count > 0 {
            out[count] = 0x20
            count += 1
          }
          isParted = false
          out[count] = folded
          count += 1
        }
        if isQuery, isParted, count > 0, count < Self.longestKey {
          out[count] = 0x20
          count += 1
        }
        key.append(contentsOf: UnsafeBufferPointer(rebasing: out[..<count]))
        return true
      }
    }
  }

  private func foldUnicode(
    _ text: UnsafeBufferPointer<UInt8>,
    isQuery: Bool,
    isMapped: Bool,
    into result: inout FoldedText
  ) {
    var source = 0
    var isParted = false
    var last = Kind.separator
    for character in String(decoding: text, as: UTF8.self) {
      let width = character.utf8.count
      let (start, end) = (Int32(clamping: source), Int32(clamping: source + width))
      source += width
      if width > 1 { result.isASCII = false }
      let piece = piece(of: character)
      guard piece.kind != .separator else {
        isParted = true
        continue
      }
      guard result.key.count + piece.bytes.count + 1 <= Self.longestKey else { break }
      if piece.kind == .pictograph || last == .pictograph { isParted = true }
      for byte in piece.bytes {
        if byte == 0x20 {
          isParted = true
          continue
        }
        if isParted, !result.key.isEmpty {
          result.key.append(0x20)
          if isMapped {
            result.starts.append(start)
            result.ends.append(start)
          }
        }
        isParted = false
        result.key.append(byte)
        if isMapped {
          result.starts.append(start)
          result.ends.append(end)
        }
      }
      if !piece.bytes.isEmpty { last = piece.kind }
      if piece.needsDictionary { result.needsDictionary = true }
    }
    if isQuery, isParted, !result.key.isEmpty, result.key.count < Self.longestKey {
      result.key.append(0x20)
    }
    if isMapped { result.starts.append(Int32(clamping: source)) }
  }

  /// The folded form of one cluster, remembered since ICU is asked three times for it.
  private func piece(of character: Character) -> Piece {
    if let byte = character.asciiValue {
      let folded = Self.table[Int(byte)]
      return Piece(
        bytes: folded > 1 ? [folded] : [],
        kind: folded == 0 ? .separator : .word,
        needsDictionary: false
      )
    }
    if let known = pieces[character] { return known }
    let made = makePiece(character)
    if pieces.count >= Self.mostPieces { pieces.removeAll() }
    pieces[character] = made
    return made
  }

  private func makePiece(_ character: Character) -> Piece {
    var piece = Piece(bytes: [], kind: .separator, needsDictionary: false)
    let folded = String(decoding: folding.fold(Array(character.utf16)), as: UTF16.self)
    for scalar in folded.unicodeScalars {
      switch scalar {
      case "\u{2019}", "\u{02BC}", "\u{0640}":  // apostrophes; the Arabic stroke that widens words
        if piece.kind == .separator { piece.kind = .word }
      case "\u{0649}": add("\u{064A}")  // final yeh typed without dots
      case "\u{0629}": add("\u{0647}")  // teh marbuta typed as heh
      default: add(scalar)
      }
    }
    func add(_ scalar: Unicode.Scalar) {
      if scalar.isASCII {
        let plain = Self.table[Int(scalar.value)]
        piece.bytes.append(plain > 1 ? plain : 0x20)
        if plain > 1 { piece.kind = .word }
      } else if let digit = Scalars.digit(scalar) {
        piece.bytes.append(0x30 + digit)
        piece.kind = .word
      } else if Scalars.isWord(scalar) {
        piece.bytes.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
        if piece.kind == .separator { piece.kind = .word }
        if Scalars.needsDictionary(scalar) { piece.needsDictionary = true }
      } else if Scalars.isPictograph(scalar) {
        piece.bytes.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
        piece.kind = .pictograph
      } else {
        piece.bytes.append(0x20)
      }
    }
    return piece
  }

  /// Fills `words` by ICU's dictionaries.
  private func cutWords(_ result: inout FoldedText) {
    let units = Array(String(decoding: result.key, as: UTF8.self).utf16)
    var words: [UInt8] = []
    breaker.forEachSegment(units) { segment in
      let bytes = Array(String(decoding: units[segment], as: UTF16.self).utf8)
      guard bytes != [0x20] else { return }
      if !words.isEmpty { words.append(0x20) }
      words.append(contentsOf: bytes.filter { $0 != 0x20 })
    }
    if result.key.last == 0x20 { words.append(0x20) }
    result.words = words
  }
}

// SPDX-License-Identifier: Apache-2.0

/// Texts as the numbers of word pieces that BERT-like models take.
///
/// The longest piece of the vocabulary that begins a word is taken, then the longest continuation
/// (`##...`), until the word is used up; a word with a rest that no piece begins is unknown as a
/// whole. Names of special pieces in a text, such as `[SEP]`, are text. Thread-safe.
///
/// Source: Wu et al., Google's Neural Machine Translation System, 2016, section 4.1.
public struct WordPieceTokenizer: Sendable {
  /// Characters of a word at most; longer ones are unknown.
  static let longestWord = 100
  /// Bytes of a text read for each token wanted: a word of at most 100 characters in four bytes, and
  /// as much space again.
  private static let bytesPerToken = 800

  /// The pieces.
  public let vocabulary: Vocabulary
  private let basic: BasicTokenizer

  /// A tokenizer with a model's vocabulary.
  ///
  /// `isLowerCase`: Whether case and accents are dropped, as the vocabulary of a model for text
  /// without case asks.
  ///
  /// - Throws: ``TokenizerError`` if ICU's tables are missing.
  public init(_ vocabulary: Vocabulary, isLowerCase: Bool = true) throws(TokenizerError) {
    self.vocabulary = vocabulary
    basic = try BasicTokenizer(isLowerCase: isLowerCase)
  }

  /// A text's tokens between `[CLS]` and `[SEP]`.
  ///
  /// `limit`: Tokens at most, 2 or more, those two included; the rest of the text is left out.
  public func tokens(of text: String, limit: Int) -> [Int32] {
    [vocabulary.start] + pieces(of: text, limit: max(0, limit - 2)) + [vocabulary.separator]
  }

  /// Two texts' tokens: `[CLS] first [SEP] second [SEP]`, the longer text being cut first.
  ///
  /// - Parameters:
  ///   - first: The first text, such as a query.
  ///   - second: The second text, such as a product's.
  ///   - limit: Tokens at most, 3 or more, the three framing ones included.
  /// - Returns: The tokens, and for each 0 if it belongs to the first text and 1 to the second.
  public func tokens(
    of first: String,
    and second: String,
    limit: Int
  ) -> (tokens: [Int32], types: [Int32]) {
    let room = max(0, limit - 3)
    let first = pieces(of: first, limit: room)
    let second = pieces(of: second, limit: room)
    let kept = Self.shares(first.count, second.count, of: room)
    let head = [vocabulary.start] + first.prefix(kept.first) + [vocabulary.separator]
    let tail = second.prefix(kept.second) + [vocabulary.separator]
    return (
      head + tail,
      head.map { _ in 0 } + tail.map { _ in 1 }
    )
  }

  /// How much of two texts is kept, the longer being cut first.
  ///
  /// Two that both fill the room get half of it each, the second one more if it is odd.
  private static func shares(_ first: Int, _ second: Int, of room: Int) -> (first: Int, second: Int)
  {
    guard first + second > room else { return (first, second) }
    let (half, rest) = (room / 2, room - room / 2)
    if first <= second {
      return first <= half ? (first, room - first) : (half, rest)
    }
    return second <= half ? (room - second, second) : (rest, half)
  }

  /// A text's tokens without those that frame it, at most `limit`.
  public func pieces(of text: String, limit: Int) -> [Int32] {
    var pieces: [Int32] = []
    let (bytes, isOver) = limit.multipliedReportingOverflow(by: Self.bytesPerToken)
    let utf8 = text.utf8
    var end =
      isOver
      ? utf8.endIndex
      : utf8.index(
        utf8.startIndex,
        offsetBy: bytes,
        limitedBy: utf8.endIndex
      ) ?? utf8.endIndex
    while end < utf8.endIndex, utf8[end] & 0xC0 == 0x80 { utf8.formIndex(before: &end) }
    basic.forEachWord(of: text[..<end]) { word in
      append(word, to: &pieces)
      return pieces.count < limit
    }
    if pieces.count > limit { pieces.removeLast(pieces.count - limit) }
    return pieces
  }

  private func append(_ word: [UInt8], to pieces: inout [Int32]) {
    guard word.count <= Self.longestWord || Self.characters(of: word) <= Self.longestWord else {
      return pieces.append(vocabulary.unknown)
    }
    let first = pieces.count
    var rest = word[...]
    while !rest.isEmpty {
      guard let (number, end) = longest(rest, continues: rest.startIndex > 0) else {
        pieces.removeLast(pieces.count - first)
        return pieces.append(vocabulary.unknown)
      }
      pieces.append(number)
      rest = rest[end...]
    }
  }

  /// The longest piece that begins a rest of a word, and where it ends.
  private func longest(_ rest: ArraySlice<UInt8>, continues: Bool) -> (Int32, Int)? {
    var hashes: [UInt64] = []
    hashes.reserveCapacity(rest.count)
    var hash = Vocabulary.seed(continues)
    for byte in rest {
      hash = Vocabulary.mix(hash, byte)
      hashes.append(hash)
    }
    for length in stride(from: rest.count, to: 0, by: -1) {
      let piece = rest.prefix(length)
      if let number = vocabulary.number(of: piece, continues: continues, hash: hashes[length - 1]) {
        return (number, piece.endIndex)
      }
    }
    return nil
  }

  private static func characters(of word: [UInt8]) -> Int { word.count { $0 & 0xC0 != 0x80 } }
}
